/**
 * Frames that take longer than the timeout of a silent connection, over a slow relay: their bytes keep
 * the connection alive.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CallPair, type Role } from './call-pair.js';
import type { Goal, Row } from './goal.js';
import { Relay } from './relay.js';

const PICTURE_BYTES = 406_000;
const BYTES_PER_SECOND = 50_000;
const DURATION_MS = 60_000;
/** All that fit, less one that is still on the way at the end and one for the start of the call. */
const LEAST = Math.floor((DURATION_MS / 1_000) * (BYTES_PER_SECOND / PICTURE_BYTES)) - 2;

export const goal: Goal = {
  id: 2,
  title: 'frames of 406 kB at 50 kB/s, both ways, for a minute',
  async run() {
    return (await Promise.all([slowCall(2), slowCall(1)])).flat();
  },
};

/** @param connections the number of connections for media: with 1 the host cannot dial the guest */
async function slowCall(connections: 1 | 2): Promise<Row[]> {
  const relays: Relay[] = [];
  const pictures: Record<Role, number> = { host: 0, guest: 0 };
  const call = { interruptions: 0, connections: 0 };
  const pair = await CallPair.start({
    mode: 0,
    pictures: { bytes: PICTURE_BYTES, intervalMs: 100 },
    mapPort: async (role, target) => {
      if (role === 'guest' && connections === 1) return 0;
      const relay = await Relay.open({ target, bytesPerSecond: BYTES_PER_SECOND });
      relays.push(relay);
      return relay.port;
    },
    onMessage: (role, message) => {
      if (message.is === 'unit') pictures[role] += 1;
      else if (message.is === 'state' && message.phase === 'live') {
        call.connections = message.connections ?? call.connections;
      } else if (call.connections > 0 && (message.is === 'state' || message.is === 'failed')) {
        call.interruptions += 1;
      }
    },
  });
  try {
    await delay(DURATION_MS);
  } finally {
    pair.end();
    for (const relay of relays) relay.close();
  }
  if (call.connections !== connections) {
    throw new Error(`The call used ${String(call.connections)} connections.`);
  }
  const ways = connections === 2 ? 'two connections' : 'one connection';
  return [
    {
      name: `${ways}: the call was lost`,
      figure: call.interruptions,
      unit: 'times',
      target: { atMost: 0 },
    },
    ...(['host', 'guest'] as const).map((role) => ({
      name: `${ways}: frames that reached the ${role}`,
      figure: pictures[role],
      unit: 'pictures' as const,
      target: { atLeast: LEAST },
    })),
  ];
}
