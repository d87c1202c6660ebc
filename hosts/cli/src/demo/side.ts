/** One side of the demo, in a process of its own: does what its `DemoTask` says and reports. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  captureTime,
  createRoomkey,
  readConfig,
  type Call,
  type CallState,
  type NumberedFrame,
  type Roomkey,
  type RoomEntry,
  type SignedIn,
} from '@roomkey/core/host';
import { failureOf } from '../failure.js';
import { parseCameraOption, withCamera } from '../join/camera-option.js';
import { FrameMeter } from '../join/frame-meter.js';
import { silentLogger } from '../output.js';
import type { DemoTask, FrameMark, FromSide, ToSide } from './messages.js';

type Live = Extract<CallState, { phase: 'live' }>;

/** How long the partner's last frames may still be on their way, ms. */
const LAST_FRAMES_MS = 2_000;

async function main(): Promise<void> {
  const task = await told('task');
  const camera = parseCameraOption(task.camera, task.workingDirectory);
  const config = withCamera(await readConfig({ workingDirectory: import.meta.dirname }), camera);
  const roomkey = await createRoomkey({
    config,
    hostFolder: import.meta.dirname,
    logger: silentLogger,
  });
  try {
    const account = await roomkey.accounts.create(task.name, randomBytes(12).toString('base64url'));
    const room = await enter(roomkey, account, task);
    const call = await roomkey.calls.open(account, room, { password: task.roomPassword });
    try {
      await look(call, roomkey, task);
    } finally {
      await call.leave();
    }
  } finally {
    await roomkey.close();
  }
}

/** The host makes the room; the guest waits until discovery has found it. */
async function enter(roomkey: Roomkey, account: SignedIn, task: DemoTask): Promise<RoomEntry> {
  if (task.roomId === undefined) {
    return await roomkey.rooms.create(account, 'Demo', { password: true });
  }
  const { roomId } = task;
  return await new Promise((resolve, reject) => {
    const watch = roomkey.rooms.watch(
      ({ type, room }) => {
        if (type === 'lost' || room.id !== roomId || !room.live) return;
        resolve(room);
        void watch.then((running) => running.stop());
      },
      { account },
    );
    watch.catch(reject);
  });
}

async function look(call: Call, roomkey: Roomkey, task: DemoTask): Promise<void> {
  const meter = new FrameMeter();
  const sent: FrameMark[] = [];
  const received: FrameMark[] = [];
  let awaited = Infinity;
  let tellComplete: () => void = () => undefined;
  call.on('sent', (frame) => sent.push(mark(frame)));
  call.on('frame', (frame) => {
    meter.count(frame.number, frame.frame.capturedAt, captureTime());
    received.push(mark(frame));
    if (frame.number >= awaited) tellComplete();
  });
  const live = whenLive(call);
  // Awaited below; where the call or the camera does not start, that says why.
  live.catch(() => undefined);
  await call.start();
  await call.startCamera({
    width: task.width,
    height: task.height,
    fps: task.fps,
    quality: task.quality,
  });
  if (task.role === 'host') tell({ type: 'room', id: call.room.id });
  const { partner, words, cipher, connections } = await live;
  tell({ type: 'live' });

  await told('stop');
  await call.stopCamera();
  tell({ type: 'stopped', last: sent.at(-1)?.[0] ?? -1 });
  const { partnersLast } = await told('report');
  if ((received.at(-1)?.[0] ?? -1) < partnersLast) {
    awaited = partnersLast;
    await new Promise<void>((resolve) => {
      tellComplete = resolve;
      setTimeout(resolve, LAST_FRAMES_MS);
    });
  }
  const plugin = roomkey.plugins.find(({ service }) => service === 'camera');
  tell({
    type: 'report',
    report: {
      ...meter.report(),
      offered: call.statistics.sent.offered,
      sent: call.statistics.sent.sent,
      connections: connections ?? 0,
      cipher,
      words,
      peer: partner.name,
      camera: plugin?.name ?? '',
    },
    sent,
    received,
  });
}

/** The state when the partner is there and it is known how the media go. */
async function whenLive(call: Call): Promise<Live> {
  return await new Promise((resolve, reject) => {
    call.on('state', (state) => {
      if (state.phase === 'live' && state.connections !== undefined) resolve(state);
      if (state.phase !== 'ended') return;
      reject(state.end.kind === 'failed' ? state.end.error : new Error('The call ended early.'));
    });
  });
}

function mark({ number, frame }: NumberedFrame): FrameMark {
  return [number, createHash('sha256').update(frame.data).digest('hex').slice(0, 16)];
}

function tell(message: FromSide): void {
  process.send?.(message);
}

const heard: ToSide[] = [];
process.on('message', (message) => heard.push(message as ToSide));

/** What the demo says of this kind, now or later. */
async function told<T extends ToSide['type']>(type: T): Promise<Extract<ToSide, { type: T }>> {
  for (;;) {
    const message = heard.find((candidate) => candidate.type === type);
    if (message !== undefined) return message as Extract<ToSide, { type: T }>;
    await once(process, 'message');
  }
}

// Without the demo there is nothing to do.
process.on('disconnect', () => process.exit());

try {
  await main();
} catch (error) {
  const { code, message } = failureOf(error);
  tell({ type: 'failed', code, message });
}
process.disconnect();
