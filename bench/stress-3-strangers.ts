/** 10,000 first messages of all kinds from strangers, to a room without a password and one with. */
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '@roomkey/core';
import { MessageType } from '#core/secure/handshake-messages.js';
import { derivePasswordSecret } from '#core/secure/room-parameters.js';
import { CommandHost } from './command-host.js';
import type { Goal, Row } from './goal.js';
import { guestHandshake, newGuest, RawPeer, shakeHands } from './raw-peer.js';
import { recordGuest, strangers, type Called } from './strangers.js';

/** For each of the two hosts. */
const CALLS = 5_000;
/** Below the host's limit of 100 handshakes per second, so that it answers most calls. */
const CALLS_PER_SECOND = 80;
/** After this many calls the host's memory has settled. */
const WARM_UP = 1_000;
/** One call in this many comes from the same address; the others come from one address each. */
const FROM_ONE_ADDRESS = 10;
const MIB = 1 << 20;
const LONGEST_CALL_MS = 20_000;

export const goal: Goal = {
  id: 3,
  title: '10,000 first messages from strangers',
  missing: () => CommandHost.missing(),
  async run() {
    const rows = await Promise.all([callHost('no password'), callHost('password', 'sesame')]);
    return rows.flat();
  },
};

async function callHost(name: string, password?: string): Promise<Row[]> {
  const host = await CommandHost.open(password);
  try {
    const { port, room } = host.beacon;
    const secret = password === undefined ? undefined : await derivePasswordSecret(password, room);
    const { descriptors } = host;
    const called = await recordGuest(port, room, secret);
    const answers = { admitted: 0, busy: 0 };
    const under = new Set<Promise<void>>();
    let warm = host.residentBytes;
    const begun = performance.now();
    for (let index = 0; index < CALLS; index += 1) {
      await delay(begun + (index * 1_000) / CALLS_PER_SECOND - performance.now());
      if (index === WARM_UP) warm = host.residentBytes;
      const one = callOnce(called, index, answers).finally(() => under.delete(one));
      under.add(one);
    }
    await Promise.all(under);
    const grown = host.residentBytes - warm;
    const minutes = Math.ceil((performance.now() - begun) / 60_000);
    await waitUntil(() => host.descriptors <= descriptors);
    const left = host.descriptors - descriptors;
    const { notices } = host;
    await shakeHands(await RawPeer.connect(port), guestHandshake(newGuest('Ada'), room, secret));
    return [
      {
        name: `${name}: strangers who were admitted`,
        figure: answers.admitted,
        unit: 'times',
        target: { atMost: 0 },
      },
      {
        name: `${name}: calls of ${String(CALLS)} that were not rejected as busy`,
        figure: CALLS - answers.busy,
        unit: 'times',
        target: { atLeast: CALLS / 2 },
      },
      {
        name: `${name}: notices to the person`,
        figure: notices,
        unit: 'notices',
        // One notice per address for at most four addresses, then a count each minute.
        target: { atMost: 4 + minutes },
      },
      {
        name: `${name}: growth of the host's memory after the first ${String(WARM_UP)}`,
        figure: grown / MIB,
        unit: 'MiB',
        target: { atMost: 64 },
      },
      {
        name: `${name}: descriptors left open`,
        figure: left,
        unit: 'descriptors',
        target: { atMost: 0 },
      },
    ];
  } finally {
    await host.close();
  }
}

async function callOnce(
  called: Called,
  index: number,
  answers: { admitted: number; busy: number },
): Promise<void> {
  const kinds = Object.values(strangers);
  const stranger = kinds[index % kinds.length];
  const own = `127.${String(1 + (index >> 14))}.${String((index >> 7) & 127)}.${String(1 + (index & 127))}`;
  const from = index % FROM_ONE_ADDRESS === 0 ? '127.0.0.2' : own;
  const peer = await RawPeer.connect(called.port, from);
  const patience = setTimeout(() => peer.socket.destroy(), LONGEST_CALL_MS);
  try {
    await stranger?.(peer, called);
  } catch (error) {
    if (hasCode(error, 'RK_HANDSHAKE_BUSY')) answers.busy += 1;
    else if (!hasCode(error, 'RK_HANDSHAKE_FAILED')) throw error;
  }
  for (let message; (message = await peer.next()) !== undefined;) {
    if (message[0] === MessageType.hostFinish) answers.admitted += 1;
    if (message[0] === MessageType.alert && message[1] === 2) answers.busy += 1;
  }
  clearTimeout(patience);
  peer.socket.destroy();
}

/** Waits for a condition, for at most 10 s. */
async function waitUntil(isMet: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !isMet(); tries += 1) await delay(100);
}
