// A process of its own for the tests in network namespaces: `node peer.js announce|browse PORT`.
// Prints a JSON document a line; stops when its standard input ends.
import { once } from 'node:events';
import { UdpDiscovery } from '../dist/udp-discovery.js';

const [role, port] = process.argv.slice(2);
/** @param {object} line */
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const quiet = () => undefined;
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const discovery = new UdpDiscovery({ port: Number(port), intervalMs: 200 }, silent);

try {
  if (role === 'announce') {
    await discovery.announce({
      next: (farewell) => Buffer.from(`RKB1 ${farewell ? 'bye' : 'here'}`),
      answer: () => Buffer.from('RKB1 here'),
    });
  } else {
    await discovery.browse(({ beacon, host }) =>
      print({ heard: Buffer.from(beacon).toString(), host }),
    );
  }
  print({ ready: true });
  await once(process.stdin.resume(), 'end');
} catch (error) {
  print({ code: /** @type {{ code?: string }} */ (error).code });
}
await discovery.close();
print({ closed: true });
