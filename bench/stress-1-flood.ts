/** A guest in the room floods the host; measures the effect on others. */
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

/** A host accepts five handshakes per second from one address. */
const HANDSHAKE_EVERY_MS = 250;
/** A flood that takes longer counts as stuck, ms. */
const TIMEOUT_MS = 240_000;
const MIB = 1 << 20;

export const goal: Goal = {
  id: 1,
  title: 'a guest in the room floods the host',
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
    await nextMessage(guest, 'ready');
    const before = host.residentBytes;
    let peak = before;
    const begun = performance.now();
    const end = nextMessage(guest, 'over', 'cut');
    guest.send('go');
    const handshakes: number[] = [];
    const state = { isOver: false };
    void end.catch(() => undefined).finally(() => (state.isOver = true));
    while (!state.isOver && performance.now() - begun < TIMEOUT_MS) {
      const pause = delay(HANDSHAKE_EVERY_MS);
      handshakes.push(await timeHandshake(host));
      peak = Math.max(peak, host.residentBytes);
      await pause;
    }
    if (!state.isOver) {
      throw new Error(`${name}: the host did not answer within ${TIMEOUT_MS / 1000} s.`);
    }
    const how = await end;
    const ended = performance.now();
    // The next beacon ends the last gap.
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
        name: `${name}: the longest of ${String(handshakes.length)} handshakes of others`,
        figure: Math.max(...handshakes),
        unit: 'ms',
        target: { atMost: 300 },
      },
      {
        name: `${name}: the longest gap between two beacons`,
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

/** The guest's next message, which must be one of these. */
async function nextMessage<K extends FloodMessage['is']>(
  guest: ChildProcess,
  ...expected: readonly K[]
): Promise<Extract<FloodMessage, { is: K }>> {
  const [message] = (await once(guest, 'message')) as [FloodMessage];
  if (!expected.some((is) => is === message.is)) {
    throw new Error(`The flooding guest was ${message.is}, not ${expected.join(' or ')}.`);
  }
  return message as Extract<FloodMessage, { is: K }>;
}

/** The time from the dial to F4, ms. A full room then closes the connection; this does not wait for it. */
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
