/** What a video track can show: the kinds of `video/1`. */
export const videoKinds = ['camera', 'screen'] as const;
export type VideoKind = (typeof videoKinds)[number];

export function isVideoKind(kind: string | undefined): kind is VideoKind {
  return videoKinds.some((each) => each === kind);
}
