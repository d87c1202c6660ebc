/**
 * How fast the command starts, and how fast it finds an open room on the network. The announcing and
 * the searching side are two instances in this process, whose datagrams go through the system.
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Discovery } from '@roomkey/core';
import discoveryPlugin from '@roomkey/discovery-udp';
import { announceRoom } from '#core/rooms/announce-room.js';
import { LiveRooms } from '#core/rooms/live-rooms.js';
import { createIdentitySeed, identityFromSeed } from '#core/secure/identity.js';
import { createRoomParameters } from '#core/secure/room-parameters.js';
import { freePort } from './free-port.js';
import { alternate, ROUNDS, type Goal } from './goal.js';
import { logger, openPlugin, type Opened } from './plugin.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const goal: Goal = {
  id: 11,
  title: 'start of the command, time until a room is seen',
  async run() {
    const start = await alternate({
      roomkey: () => timeNode(['hosts/cli/bin/roomkey.js', '--version']),
      node: () => timeNode(['-e', '0']),
    });
    const seen = await timeUntilSeen();
    return [
      {
        name: 'roomkey --version × node -e 0',
        figure: start.roomkey / start.node,
        target: { atMost: 1.6 },
      },
      {
        name: 'a room is seen after the search starts',
        figure: seen.asked,
        unit: 'ms',
        target: { atMost: 100 },
      },
      {
        name: 'a room is seen without asking, the longest of five',
        figure: seen.passive,
        unit: 'ms',
        target: { atMost: 2_200 },
      },
    ];
  },
};

function timeNode(args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${String(status)}.`);
  return Promise.resolve(performance.now() - begun);
}

async function timeUntilSeen(): Promise<{ asked: number; passive: number }> {
  const port = await freePort();
  const host = await openDiscovery(port);
  const identity = identityFromSeed(createIdentitySeed());
  const announcement = await announceRoom(host.service, identity, {
    room: createRoomParameters(identity.publicKey, 0),
    full: false,
    port: 1,
    minVersion: 1,
    maxVersion: 1,
    roomName: 'bench',
    hostName: 'bench',
  });
  try {
    const { asked } = await alternate({ asked: () => timeAsked(port) });
    const waits: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) waits.push(await timePassive(port));
    return { asked, passive: Math.max(...waits) };
  } finally {
    await announcement.stop();
    await host.close();
  }
}

async function timeAsked(port: number): Promise<number> {
  const guest = await openDiscovery(port);
  const rooms = new LiveRooms({ discovery: guest.service, logger });
  try {
    const begun = performance.now();
    const found = new Promise<number>((resolve) =>
      rooms.on('found', () => resolve(performance.now() - begun)),
    );
    await rooms.start();
    return await found;
  } finally {
    await rooms.stop();
    await guest.close();
  }
}

/** Listens for a beacon without sending a query. */
async function timePassive(port: number): Promise<number> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(port);
    await once(socket, 'listening');
    const begun = performance.now();
    await once(socket, 'message');
    return performance.now() - begun;
  } finally {
    socket.close();
  }
}

async function openDiscovery(port: number): Promise<Opened<Discovery>> {
  return await openPlugin(discoveryPlugin, { port, intervalMs: 2_000 });
}
