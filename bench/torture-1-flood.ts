/** One who was let in sends a million frames of one byte, and what others notice of it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandHost } from './command-host.js';
import type { FloodMessage } from './flooding-guest.js';
import type { Goal, Row } from './goal.js';
import { guestHandshake, newGuest, RawPeer, shakeHands } from './raw-peer.js';
import { formatRoom } from './room-text.js';

const FRAMES = 1_000_000;
/** A host takes five handshakes a second of one address. */
const HANDSHAKE_EVERY_MS = 250;
/** How long the flood may take, ms, before it counts as stuck. */
const PATIENCE_MS = 240_000;
const MIB = 1 << 20;

export const goal: Goal = {
  id: 1,
  title: 'a guest who was let in sends 1,000,000 frames of one byte',
  missing: () => CommandHost.missing(),
  async run() {
    return [...(await flood('read')), ...(await flood('deaf'))];
  },
};

/** @param manner whether the one who floods reads what comes back, or only once it is done */
async function flood(manner: 'read' | 'deaf'): Promise<Row[]> {
  const host = await CommandHost.open();
  const program = fileURLToPath(new URL('flooding-guest.js', import.meta.url));
  const args = [String(host.beacon.port), formatRoom(host.beacon.room), String(FRAMES), manner];
  const guest = fork(program, args);
  try {
    await message(guest, 'ready');
    const before = host.residentBytes;
    let peak = before;
    const begun = performance.now();
    const acknowledged = message(guest, 'acknowledged');
    guest.send('go');
    const handshakes: number[] = [];
    const flood = { isOver: false };
    void acknowledged.catch(() => undefined).finally(() => (flood.isOver = true));
    while (!flood.isOver && performance.now() - begun < PATIENCE_MS) {
      const pause = delay(HANDSHAKE_EVERY_MS);
      handshakes.push(await timeHandshake(host));
      peak = Math.max(peak, host.residentBytes);
      await pause;
    }
    if (!flood.isOver)
      throw new Error(`The flood was not answered within ${PATIENCE_MS / 1000} s.`);
    const { acknowledgements } = await acknowledged;
    const end = performance.now();
    // The last gap is over when its beacon has come.
    const seen = host.beaconTimes.length;
    while (host.beaconTimes.length === seen && performance.now() - end < 10_000) await delay(20);
    const name = manner === 'read' ? 'answers read' : 'answers not read';
    return [
      {
        name: `${name}: a handshake of others, the longest of ${String(handshakes.length)}`,
        figure: Math.max(...handshakes),
        unit: 'ms',
        target: { atMost: 300 },
      },
      {
        name: `${name}: between two beacons, at most`,
        figure: longestGap(host.beaconTimes, begun),
        unit: 'ms',
        target: { atMost: 2_300 },
      },
      {
        name: `${name}: growth of the host's memory`,
        figure: (peak - before) / MIB,
        unit: 'MiB',
        target: { atMost: 200 },
      },
      {
        name: `${name}: acknowledgements`,
        figure: acknowledgements,
        unit: 'records',
        target: { atMost: FRAMES / 10 },
      },
      {
        name: `${name}: all frames were taken, after`,
        figure: end - begun,
        unit: 'ms',
        target: { atMost: PATIENCE_MS },
      },
    ];
  } finally {
    guest.kill();
    await host.close();
  }
}

/** What the guest says of this kind. */
async function message<K extends FloodMessage['is']>(
  guest: ChildProcess,
  wanted: K,
): Promise<Extract<FloodMessage, { is: K }>> {
  const [said] = (await once(guest, 'message')) as [FloodMessage];
  if (said.is !== wanted) throw new Error(`The one who floods was ${said.is}, and not ${wanted}.`);
  return said as Extract<FloodMessage, { is: K }>;
}

/** From the call to F4, ms. The room is full: a close comes behind it, and is not waited for. */
async function timeHandshake({ beacon: { port, room } }: CommandHost): Promise<number> {
  const handshake = guestHandshake(newGuest('Ada'), room);
  const begun = performance.now();
  const peer = await RawPeer.connect(port);
  try {
    await shakeHands(peer, handshake);
    return performance.now() - begun;
  } finally {
    peer.socket.destroy();
  }
}

function longestGap(times: readonly number[], from: number): number {
  const last = times.findLastIndex((time) => time <= from);
  const during = times.slice(Math.max(0, last));
  return Math.max(...during.slice(1).map((time, index) => time - (during[index] ?? time)));
}
