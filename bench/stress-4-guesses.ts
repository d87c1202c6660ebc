/** A relay that resets the connection after each T_I, which is a guess at the room's password. */
import { once, EventEmitter } from 'node:events';
import { MessageType } from '#core/secure/handshake-messages.js';
import { CallPair } from './call-pair.js';
import type { Goal } from './goal.js';
import { MessageSplitter } from './raw-peer.js';
import { Relay, type Passage } from './relay.js';

/** The pauses before the eighth guess add up to seven seconds. */
const PATIENCE_MS = 120_000;

export const goal: Goal = {
  id: 4,
  title: 'a relay that resets each handshake after T_I',
  async run() {
    const begun = performance.now();
    const seen = { guesses: 0, guessesAtNotice: Infinity };
    const ended = new EventEmitter();
    const relays: Relay[] = [];
    const pair = await CallPair.start({
      mode: 1,
      mapPort: async (role, target) => {
        if (role === 'guest') return target;
        const relay = await Relay.open({
          target,
          onBytes: countGuesses(() => (seen.guesses += 1)),
        });
        relays.push(relay);
        return relay.port;
      },
      onMessage: (role, message) => {
        if (role !== 'guest') return;
        if (message.is === 'failed') ended.emit('end', message.code);
        if (message.is === 'notice' && message.code === 'RK_PASSWORD_GUESSED') {
          seen.guessesAtNotice = Math.min(seen.guessesAtNotice, seen.guesses);
        }
      },
    });
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const [code] = (await once(ended, 'end', { signal })) as [string];
      if (code !== 'RK_PASSWORD_GUESSED') throw new Error(`The call ended by ${code}.`);
    } finally {
      pair.end();
      for (const relay of relays) relay.close();
    }
    return [
      {
        name: 'guesses before the first notice',
        figure: seen.guessesAtNotice,
        unit: 'guesses',
        target: { atMost: 3 },
      },
      {
        name: 'guesses until the guest stops using the password',
        figure: seen.guesses,
        unit: 'guesses',
        target: { atMost: 8 },
      },
      {
        name: 'time of all guesses',
        figure: performance.now() - begun,
        unit: 'ms',
        target: { atMost: PATIENCE_MS },
      },
    ];
  },
};

function countGuesses(onGuess: () => void): (bytes: Buffer, passage: Passage) => void {
  const splitters = new WeakMap<Passage, MessageSplitter>();
  return (bytes, passage) => {
    if (passage.direction !== 'there') return;
    const splitter = splitters.get(passage) ?? new MessageSplitter();
    splitters.set(passage, splitter);
    for (const message of splitter.split(bytes)) {
      if (message[0] !== MessageType.guestFinish) continue;
      onGuess();
      passage.reset();
    }
  };
}
