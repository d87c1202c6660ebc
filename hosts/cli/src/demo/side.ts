/** One side of the demo, in a process of its own: does what its `DemoTask` says and reports. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  captureTime,
  createRoomkey,
  readConfig,
  type Call,
  type NumberedVideoUnit,
  type Participant,
  type Roomkey,
  type RoomEntry,
  type SignedIn,
} from '@roomkey/core/host';
import { failureOf } from '../failure.js';
import { parseCameraOption, withCamera } from '../join/camera-option.js';
import { FrameMeter } from '../join/frame-meter.js';
import { silentLogger } from '../output.js';
import type { DemoTask, FrameMark, FromSide, ToSide } from './messages.js';

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
  call.on('sent', ({ unit }) => sent.push(mark(unit)));
  const begun = new Promise<void>((resolve) => {
    call.on('track', (track) => {
      track.setSink({
        onUnit: (unit, _bytes, taken) => {
          meter.count(unit.capturedAt, captureTime());
          received.push(mark(unit));
          taken();
        },
      });
      resolve();
    });
  });
  const ended = new Promise<void>((resolve) => call.on('trackEnd', () => resolve()));
  const other = whenLive(call);
  // Awaited below; where the call or the camera does not start, that says why.
  other.catch(() => undefined);
  await call.start();
  await call.camera.start({
    width: task.width,
    height: task.height,
    fps: task.fps,
    quality: task.quality,
  });
  if (task.role === 'host') tell({ type: 'room', id: call.room.id });
  const { name, words, cipher, connections } = await other;
  await begun;
  tell({ type: 'live' });

  await told('stop');
  await call.camera.stop();
  // It comes behind the last frame.
  await ended;
  tell({ type: 'stopped' });
  await told('report');
  const { dropped, sent: sentCount } = call.statistics.sent.camera;
  const plugin = roomkey.plugins.find(({ service }) => service === 'camera');
  tell({
    type: 'report',
    report: {
      ...meter.report(),
      offered: sentCount + dropped,
      sent: sentCount,
      connections: connections ?? 0,
      cipher,
      words,
      peer: name,
      camera: plugin?.name ?? '',
    },
    sent,
    received,
  });
}

/** The other side, when it is there and it is known how the media go. */
async function whenLive(call: Call): Promise<Participant> {
  return await new Promise((resolve, reject) => {
    call.on('state', (state) => {
      if (state.phase === 'live') {
        const [participant] = state.participants;
        if (participant.connections !== undefined) resolve(participant);
      }
      if (state.phase !== 'ended') return;
      reject(state.end.kind === 'failed' ? state.end.error : new Error('The call ended early.'));
    });
  });
}

function mark({ number, data }: NumberedVideoUnit): FrameMark {
  return [number, createHash('sha256').update(data).digest('hex').slice(0, 16)];
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
