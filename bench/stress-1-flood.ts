/** One who was let in floods, and what others notice of it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandHost } from './command-host.js';
import type { FloodMessage } from './flooding-guest.js';
import { floods, forbidden, type FloodName } from './floods.js';
import type { Goal, Row } from './goal.js';
import { guestHandshake, newGuest, RawPeer, shakeHands } from './raw-peer.js';
import { formatRoom } from './room-text.js';

/** A host takes five handshakes a second of one address. */
const HANDSHAKE_EVERY_MS = 250;
/** How long a flood may take, ms, before it counts as stuck. */
const PATIENCE_MS = 240_000;
const MIB = 1 << 20;

export const goal: Goal = {
  id: 1,
  title: 'a guest who was let in floods',
  missing: () => CommandHost.missing(),
  async run() {
    const rows: Row[] = [];
    for (const name of Object.keys(floods) as FloodName[]) rows.push(...(await flood(name)));
    return rows;
  },
};

async function flood(name: FloodName): Promise<Row[]> {
  const host = await CommandHost.open();
  const program = fileURLToPath(new URL('flooding-guest.js', import.meta.url));
  const args = [String(host.beacon.port), formatRoom(host.beacon.room), name];
  const guest = fork(program, args);
  try {
    await said(guest, 'ready');
    const before = host.residentBytes;
    let peak = before;
    const begun = performance.now();
    const end = said(guest, 'over', 'cut');
    guest.send('go');
    const handshakes: number[] = [];
    const state = { isOver: false };
    void end.catch(() => undefined).finally(() => (state.isOver = true));
    while (!state.isOver && performance.now() - begun < PATIENCE_MS) {
      const pause = delay(HANDSHAKE_EVERY_MS);
      handshakes.push(await timeHandshake(host));
      peak = Math.max(peak, host.residentBytes);
      await pause;
    }
    if (!state.isOver) {
      throw new Error(`${name}: the host did not answer within ${PATIENCE_MS / 1000} s.`);
    }
    const how = await end;
    const ended = performance.now();
    // The last gap is over when its beacon has come.
    const seen = host.beaconTimes.length;
    while (host.beaconTimes.length === seen && performance.now() - ended < 10_000) await delay(20);
    console.error(
      `  ${name}: ${how.is} after ${(ended - begun).toFixed(0)} ms` +
        (how.is === 'over' ? `, ${String(how.received)} records came back` : ''),
    );
    const isForbidden = forbidden.has(name);
    return [
      {
        name: `${name}: the host ended the call`,
        figure: how.is === 'cut' ? 1 : 0,
        unit: 'times',
        target: isForbidden ? { atLeast: 1 } : { atMost: 0 },
      },
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
    ];
  } finally {
    guest.kill();
    await host.close();
  }
}

/** What the guest says next, which has to be one of these. */
async function said<K extends FloodMessage['is']>(
  guest: ChildProcess,
  ...expected: readonly K[]
): Promise<Extract<FloodMessage, { is: K }>> {
  const [message] = (await once(guest, 'message')) as [FloodMessage];
  if (!expected.some((is) => is === message.is)) {
    throw new Error(`The one who floods was ${message.is}, and not ${expected.join(' or ')}.`);
  }
  return message as Extract<FloodMessage, { is: K }>;
}

/** From the call to F4, ms. Where the room is full, a close comes behind it and is not waited for. */
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
