/**
 * A program: a guest that joins a room, and floods the host after its parent sends `go`.
 * `node flooding-guest.js PORT ROOM FLOOD`.
 */
import { floods, type FloodName } from './floods.js';
import { AdmittedGuest } from './admitted-guest.js';
import { parseRoom } from './room-text.js';

/** The messages to the parent process. */
export type FloodMessage =
  | { readonly is: 'ready' }
  /** Everything was sent and answered. */
  | { readonly is: 'over'; readonly received: number }
  | { readonly is: 'cut' };

const send = (message: FloodMessage): void => void process.send?.(message);
const [, , port, room = '', name] = process.argv;
process.on('disconnect', () => process.exit());

const guest = await AdmittedGuest.enter(Number(port), parseRoom(room));
guest.onCut(() => send({ is: 'cut' }));
const begin = await floods[name as FloodName](guest);
process.once('message', () => {
  void begin().then(() => send({ is: 'over', received: guest.received }));
});
send({ is: 'ready' });
