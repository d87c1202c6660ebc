/**
 * Plays the video of a call, decoded and drawn off the main thread.
 *
 * @example
 * ```ts
 * const player = createPlayer(canvas, {
 *   onKeyFrameNeeded: () => void client.request('call.requestKeyFrame', {}),
 * });
 * client.onFrame((frame) => player.push(frame));
 * ```
 */
export { supportedCodecs } from './codecs.js';
export { createPlayer, type Player, type PlayerEvents } from './player.js';
export type { PlayerStatistics } from './statistics.js';
