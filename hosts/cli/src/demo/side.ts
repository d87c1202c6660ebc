/** One side of the demo, in its own process: runs its `DemoTask` and reports. */
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
import { SoundMeter, startSound } from '../join/sound.js';
import { silentLogger } from '../output.js';
import type { DemoTask, FrameMark, FromSide, ToSide } from './messages.js';

async function main(): Promise<void> {
  const task = await waitFor('task');
  const camera = parseCameraOption(task.camera, task.workingDirectory);
  const config = withCamera(await readConfig({ workingDirectory: import.meta.dirname }), camera);
  const roomkey = await createRoomkey({
    config,
    hostFolder: import.meta.dirname,
    logger: silentLogger,
  });
  try {
    const account = await roomkey.accounts.create(task.name, randomBytes(12).toString('base64url'));
    const room = await findOrCreateRoom(roomkey, account, task);
    const call = await roomkey.calls.open(account, room, { password: task.roomPassword });
    try {
      await runCall(call, roomkey, task);
    } finally {
      await call.leave();
    }
  } finally {
    await roomkey.close();
  }
}

/** The host creates the room; the guest waits until discovery has found it. */
async function findOrCreateRoom(
  roomkey: Roomkey,
  account: SignedIn,
  task: DemoTask,
): Promise<RoomEntry> {
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

async function runCall(call: Call, roomkey: Roomkey, task: DemoTask): Promise<void> {
  const meter = new FrameMeter();
  const sound = new SoundMeter(call);
  const sent: FrameMark[] = [];
  const received: FrameMark[] = [];
  call.on('sent', ({ unit }) => sent.push(mark(unit)));
  const begun = new Promise<void>((resolve) => {
    call.on('track', (track) => {
      track.setSink({
        onUnit: (unit, _bytes, consumed) => {
          meter.count(unit.capturedAt, captureTime());
          received.push(mark(unit));
          consumed();
        },
      });
      resolve();
    });
  });
  const ended = new Promise<void>((resolve) => call.on('trackEnd', () => resolve()));
  const other = whenLive(call);
  // Awaited below; if the call or the camera does not start, that error says why.
  other.catch(() => undefined);
  await call.start();
  await call.camera.start({
    width: task.width,
    height: task.height,
    fps: task.fps,
    quality: task.quality,
  });
  // A tone, which every computer has, to no loudspeaker: two sides on one would hear themselves.
  const devices = { microphone: 'tone', speaker: 'none' };
  await startSound(call, roomkey, devices, () => undefined);
  if (task.role === 'host') send({ type: 'room', id: call.room.id });
  const { name, words, cipher, connections } = await other;
  await begun;
  send({ type: 'live' });

  await waitFor('stop');
  await call.camera.stop();
  await call.microphone.stop();
  // The end of the track comes after its last frame.
  await ended;
  send({ type: 'stopped' });
  await waitFor('report');
  const { dropped, sent: sentCount } = call.statistics.sent.camera;
  const plugin = roomkey.plugins.find(({ service }) => service === 'camera');
  send({
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
      sound: sound.report(),
    },
    sent,
    received,
  });
}

/** Waits for the other side, until the number of connections is known. */
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

function send(message: FromSide): void {
  process.send?.(message);
}

const inbox: ToSide[] = [];
process.on('message', (message) => inbox.push(message as ToSide));

/** Waits for a message of this type, and returns at once if it has come already. */
async function waitFor<T extends ToSide['type']>(type: T): Promise<Extract<ToSide, { type: T }>> {
  for (;;) {
    const message = inbox.find((candidate) => candidate.type === type);
    if (message !== undefined) return message as Extract<ToSide, { type: T }>;
    await once(process, 'message');
  }
}

// The demo has ended.
process.on('disconnect', () => process.exit());

try {
  await main();
} catch (error) {
  const { code, message } = failureOf(error);
  send({ type: 'failed', code, message });
}
process.disconnect();
