/** Sealed records against raw TCP and TLS, from one process to another. */
import { alternate, type Goal } from './goal.js';
import { measureThroughput } from './throughput.js';

/** A message of four records of the largest size. */
const LOAD = { bytes: 65_536, messages: 16_000 };

export const goal: Goal = {
  id: 1,
  title: 'throughput of sealed 64 KiB messages, two processes',
  async run() {
    const speed = await alternate({
      raw: () => measureThroughput('raw', LOAD),
      events: () => measureThroughput('events', LOAD),
      tls: () => measureThroughput('tls', LOAD),
      sealed: () => measureThroughput('sealed', LOAD),
    });
    return [
      {
        name: 'sealed × raw node:net, read by events',
        figure: speed.sealed / speed.events,
        target: { atLeast: 0.65 },
      },
      {
        name: 'sealed × raw node:net, read into one buffer',
        figure: speed.sealed / speed.raw,
        target: { atLeast: 0.65 },
      },
      {
        name: 'sealed × node:tls',
        figure: speed.sealed / speed.tls,
        target: { atLeast: 1.05 },
      },
    ];
  },
};
