/** Pixels of the cameras' pictures. */
export const WIDTH = 1280;
export const HEIGHT = 720;
