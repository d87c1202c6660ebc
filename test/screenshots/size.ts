/** The size of the cameras' pictures, pixels. */
export const WIDTH = 1280;
export const HEIGHT = 720;
