import { randomBytes } from 'node:crypto';
import { longDelay } from '@roomkey/core/host';
import type { DemoRole, DemoTask } from './messages.js';
import { SideProcess } from './side-process.js';
import { judge, type DemoResult, type DemoSideEvidence } from './verdict.js';

/** The options of `roomkey demo`. */
export interface DemoOptions extends Pick<
  DemoTask,
  'camera' | 'width' | 'height' | 'fps' | 'quality'
> {
  /** How long the call lasts, seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Called with a line of text at each step. */
  readonly progress: (line: string) => void;
}

/**
 * Runs two sides in two processes, each with its own folders: two accounts, a room with a password,
 * found by discovery, and a call of some seconds in which each side checks every frame of the other.
 *
 * @throws RoomkeyError the error of a side that failed
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

    progress('Grace creates an account and a room with a password, and waits in it …');
    host.send({ ...task, role: 'host', name: 'Grace' });
    const room = await host.waitFor('room', signal);

    progress('Ada creates an account, discovers the room and joins …');
    guest.send({ ...task, role: 'guest', name: 'Ada', roomId: room.id });
    await Promise.all([host.waitFor('live', signal), guest.waitFor('live', signal)]);

    progress(`Both are in the call; ${options.seconds} s of video both ways …`);
    await longDelay(options.seconds * 1000, signal);
    host.send({ type: 'stop' });
    guest.send({ type: 'stop' });
    await Promise.all([host.waitFor('stopped', signal), guest.waitFor('stopped', signal)]);
    host.send({ type: 'report' });
    guest.send({ type: 'report' });
    const evidence = await Promise.all([report(host, signal), report(guest, signal)]);
    return judge(...evidence, options.seconds);
  } finally {
    await Promise.all([sides.host?.end(), sides.guest?.end()]);
  }
}

async function report(side: SideProcess, signal: AbortSignal): Promise<DemoSideEvidence> {
  return await side.waitFor('report', signal);
}
