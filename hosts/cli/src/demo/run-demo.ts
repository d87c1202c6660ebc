import { randomBytes } from 'node:crypto';
import { longDelay } from '@roomkey/core/host';
import type { DemoRole, DemoTask } from './messages.js';
import { SideProcess } from './side-process.js';
import { judge, type DemoResult, type DemoSideEvidence } from './verdict.js';

/** What `roomkey demo` is asked to do. */
export interface DemoOptions extends Pick<
  DemoTask,
  'camera' | 'width' | 'height' | 'fps' | 'quality'
> {
  /** How long the two look at each other, seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told in words what goes on. */
  readonly progress: (line: string) => void;
}

/**
 * Two people in two processes with folders of their own: two accounts, a room with a password,
 * found by discovery, and a call of some seconds in which every frame is checked on the other side.
 *
 * @throws RoomkeyError what went wrong on one of the sides
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { signal, progress } = options;
  const sides: Partial<Record<DemoRole, SideProcess>> = {};
  try {
    const host = (sides.host = await SideProcess.start());
    const guest = (sides.guest = await SideProcess.start());
    const task = {
      type: 'task',
      roomPassword: randomBytes(12).toString('base64url'),
      workingDirectory: process.cwd(),
      camera: options.camera,
      width: options.width,
      height: options.height,
      fps: options.fps,
      quality: options.quality,
    } as const;

    progress('Grace makes an account and a room with a password, and waits in it …');
    host.tell({ ...task, role: 'host', name: 'Grace' });
    const room = await host.hear('room', signal);

    progress('Ada makes an account, discovers the room, and joins …');
    guest.tell({ ...task, role: 'guest', name: 'Ada', roomId: room.id });
    await Promise.all([host.hear('live', signal), guest.hear('live', signal)]);

    progress(`They see each other; ${options.seconds} s of video both ways …`);
    await longDelay(options.seconds * 1000, signal);
    host.tell({ type: 'stop' });
    guest.tell({ type: 'stop' });
    await Promise.all([host.hear('stopped', signal), guest.hear('stopped', signal)]);
    host.tell({ type: 'report' });
    guest.tell({ type: 'report' });
    const evidence = await Promise.all([report(host, signal), report(guest, signal)]);
    return judge(...evidence, options.seconds);
  } finally {
    await Promise.all([sides.host?.end(), sides.guest?.end()]);
  }
}

async function report(side: SideProcess, signal: AbortSignal): Promise<DemoSideEvidence> {
  return await side.hear('report', signal);
}
