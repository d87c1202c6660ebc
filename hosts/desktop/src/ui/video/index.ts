/**
 * Shows the pictures of a track, decoded and drawn off the main thread.
 *
 * @example
 * ```ts
 * const player = createPlayer(canvas, {
 *   onKeyFrameNeeded: () => void client.request('call.requestKeyFrame', { track: 'camera' }),
 *   onConsumed: (number) => client.consumeUnit('camera', number),
 * });
 * client.onUnit(({ unit }) => player.push(unit));
 * ```
 */
export { supportedCodecs } from './codecs.js';
export { createPlayer, type Player } from './player.js';
export type { PlayerStatistics } from './statistics.js';
