// A process for the tests in network namespaces: `node peer.js ROLE PORT`, where ROLE is `announce`;
// `answer`, to announce once and then answer queries only; `listen`; or `ask`, to query as well.
// Prints one JSON document per line; stops when its standard input ends.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { UdpDiscovery } from '../dist/udp-discovery.js';

const [role, port] = process.argv.slice(2);
/** @param {object} line */
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const quiet = () => undefined;
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const intervalMs = role === 'answer' ? 3_600_000 : 200;
const discovery = new UdpDiscovery({ port: Number(port), intervalMs }, silent);

try {
  if (role === 'announce' || role === 'answer') {
    await discovery.announce({
      next: (farewell) => Buffer.from(`RKB1 ${farewell ? 'bye' : 'here'}`),
      answer: () => Buffer.from('RKB1 answer'),
    });
  } else {
    const search = await discovery.discover(({ beacon, host }) =>
      print({ heard: Buffer.from(beacon).toString(), host }),
    );
    if (role === 'ask') setInterval(() => search.query(randomBytes(16)), 200).unref();
  }
  print({ ready: true });
  await once(process.stdin.resume(), 'end');
} catch (error) {
  print({ code: /** @type {{ code?: string }} */ (error).code });
}
await discovery.close();
print({ closed: true });
