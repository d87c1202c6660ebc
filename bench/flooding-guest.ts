/** As a program: a guest that is let in, and floods once it is told to. `node flooding-guest.js PORT ROOM FLOOD`. */
import { floods, type FloodName } from './floods.js';
import { LetInGuest } from './let-in-guest.js';
import { parseRoom } from './room-text.js';

/** What it says to the process that started it. */
export type FloodMessage =
  | { readonly is: 'ready' }
  /** Everything was sent and answered. */
  | { readonly is: 'over'; readonly received: number }
  | { readonly is: 'cut' };

const say = (message: FloodMessage): void => void process.send?.(message);
const [, , port, room = '', name] = process.argv;
process.on('disconnect', () => process.exit());

const guest = await LetInGuest.enter(Number(port), parseRoom(room));
guest.onCut(() => say({ is: 'cut' }));
const begin = await floods[name as FloodName](guest);
process.once('message', () => {
  void begin().then(() => say({ is: 'over', received: guest.received }));
});
say({ is: 'ready' });
