/**
 * Sound between two computers where the link loses packets, and where it is slow and carries video
 * beside it: units that come more than 40 ms later than the quickest one of their direction. The same
 * call over one connection stands beside it: there, sound has none of its own and no copies.
 *
 * On a busy computer the sound itself begins late; `chrt -r 20 npm run bench -- 14` keeps other work
 * from it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { deferred } from '#core/util/deferred.js';
import { CallPair, type Role } from './call-pair.js';
import type { Pictures } from './call-side.js';
import { withCleanUp } from './clean-up.js';
import { findProgram } from './find-program.js';
import type { Goal, Row } from './goal.js';
import { missingMachines, twoMachines } from './machines.js';

/** What is bad about a link, and what goes over it beside the sound. */
interface Link {
  readonly name: string;
  /** A command for each of the machines; absent: nothing is. */
  readonly command?: readonly string[];
  readonly pictures?: Pictures;
}

/** What came of a call, both ways together. */
interface Delivery {
  readonly sent: number;
  readonly copied: number;
  /** Units of 1,000 that were late, or did not come. */
  readonly late: number;
  readonly p99: number;
}

/** What is late here is the computer's, which has other work. */
const GOOD: Link = { name: 'nothing lost' };
const LOSS: Link = {
  name: '1 % loss',
  command: [
    'nft',
    'table inet loss { chain c { type filter hook input priority 0; iifname "lan" numgen random mod 100 < 1 drop; }; }',
  ],
};
const SLOW_COMMAND = [
  ...['tc', 'qdisc', 'add', 'dev', 'lan', 'root', 'tbf'],
  ...['rate', '2500kbit', 'burst', '3kb', 'latency', '400ms'],
];
/** Video of 1.5 Mbit/s and 30 pictures a second. */
const SLOW: Link = {
  name: '2.5 Mbit/s with video of 1.5',
  command: SLOW_COMMAND,
  pictures: { bytes: 6_000, intervalMs: 33 },
};
/** Video that takes all that the link has: at most two pictures are on their way. */
const FULL: Link = {
  name: '2.5 Mbit/s, full of video',
  command: SLOW_COMMAND,
  pictures: { bytes: 12_000, intervalMs: 33 },
};
const LATE_MS = 40;
/** Until sound has begun on both sides. */
const START_MS = 2_000;
/** 2,250 units each way. */
const DURATION_MS = 45_000;

export const goal: Goal = {
  id: 14,
  title: 'sound on a bad link, two computers',
  missing: () => missingMachines() ?? missingProgram('nft') ?? missingProgram('tc'),
  async run() {
    print(GOOD.name, await measure(GOOD, 2));
    const rows: Row[] = [];
    for (const { link, most } of [
      { link: LOSS, most: 5 },
      { link: SLOW, most: 50 },
      { link: FULL, most: 50 },
    ]) {
      const { late } = await compare(link);
      const name = `units of 1,000 later than 40 ms: ${link.name}`;
      rows.push({ name, figure: late, target: { atMost: most } });
    }
    return rows;
  },
};

function missingProgram(name: string): string | undefined {
  return findProgram([name]) === undefined ? `${name} is not on the path` : undefined;
}

/** @returns the figures of a call as it is, over two connections */
async function compare(link: Link): Promise<Delivery> {
  const two = await measure(link, 2);
  print(`${link.name}, two connections`, two);
  print(`${link.name}, one connection`, await measure(link, 1));
  return two;
}

function print(name: string, { sent, copied, late, p99 }: Delivery): void {
  console.error(
    `  ${name}: ${late.toFixed(1)} of 1,000 late, age p99 ${p99.toFixed(1)} ms, ${sent} units, ${copied} copied`,
  );
}

async function measure(link: Link, connections: 1 | 2): Promise<Delivery> {
  const heard: Record<Role, Map<number, number>> = { host: new Map(), guest: new Map() };
  const sent: Record<Role, { units: number; copied: number }> = {
    host: { units: 0, copied: 0 },
    guest: { units: 0, copied: 0 },
  };
  const live = deferred<undefined>();
  let isMeasured = false;
  await withCleanUp(async (onEnd) => {
    const machines = await twoMachines(onEnd);
    const pair = await CallPair.start({
      ...{ mode: 0, hasMicrophone: true, machines },
      ...(link.pictures !== undefined && { pictures: link.pictures }),
      mapPort: (role, port) => (role === 'guest' && connections === 1 ? 0 : port),
      onMessage: (role, message) => {
        if (message.is === 'state' && message.connections === connections) live.resolve(undefined);
        else if (message.is === 'sound' && isMeasured) {
          heard[role].set(message.sequence, message.ageMs);
        } else if (message.is === 'sent') sent[role] = message;
      },
    });
    onEnd(() => {
      pair.end();
    });
    await live.promise;
    await sleep(START_MS);
    for (const machine of machines) await machine.run(...(link.command ?? ['true']));
    isMeasured = true;
    await sleep(DURATION_MS);
  });
  const directions = Object.values(heard).map(deliveryOf);
  const all = directions.reduce((sum, { count }) => sum + count, 0);
  const ages = directions.flatMap(({ added }) => added).toSorted((a, b) => a - b);
  return {
    sent: sent.host.units + sent.guest.units,
    copied: sent.host.copied + sent.guest.copied,
    late: ((all - ages.filter((age) => age <= LATE_MS).length) * 1_000) / all,
    p99: ages[Math.floor(ages.length * 0.99)] ?? NaN,
  };
}

/** @param heard the age of each unit that came, by its sequence */
function deliveryOf(heard: ReadonlyMap<number, number>) {
  const sequences = [...heard.keys()];
  const ages = [...heard.values()];
  const least = Math.min(...ages);
  return {
    /** With those that did not come. */
    count: Math.max(...sequences) - Math.min(...sequences) + 1,
    added: ages.map((age) => age - least),
  };
}
