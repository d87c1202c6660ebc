/** The real `roomkey join` as the host of a room, in its own process with its own folders. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { decodeBeacon, looksLikeBeacon, type ParsedBeacon } from '#core/secure/beacon.js';
import { freePort } from './free-port.js';
import { descriptorsOf, missingProcessFigures, residentBytesOf } from './process-figures.js';

const ROOMKEY = fileURLToPath(new URL('../../hosts/cli/bin/roomkey.js', import.meta.url));
const CAMERA = ['--camera', 'pattern', '--size', '320x180', '--fps', '15'];

/** A line that the host printed with `--json`. */
type Line = Readonly<Record<string, unknown>>;

export class CommandHost {
  /** Its first beacon. */
  readonly beacon: ParsedBeacon;
  /** The times of arrival of its beacons, by `performance.now()`. */
  readonly beaconTimes: readonly number[];
  /** The lines that it printed. */
  readonly lines: readonly Line[];
  readonly #child: ChildProcess;
  readonly #close: () => Promise<void>;

  private constructor(fields: {
    beacon: ParsedBeacon;
    beaconTimes: readonly number[];
    lines: readonly Line[];
    child: ChildProcess;
    close: () => Promise<void>;
  }) {
    this.beacon = fields.beacon;
    this.beaconTimes = fields.beaconTimes;
    this.lines = fields.lines;
    this.#child = fields.child;
    this.#close = fields.close;
  }

  /** Why it cannot run on this computer; undefined if it can. */
  static missing(): string | undefined {
    return missingProcessFigures();
  }

  /** @param password the room's; without it the room is open */
  static async open(password?: string): Promise<CommandHost> {
    const home = await mkdtemp(join(tmpdir(), 'roomkey-stress-'));
    const port = await freePort();
    const udp = createSocket({ type: 'udp4', reuseAddr: true }).bind(port);
    let child: ChildProcess | undefined;
    const close = async (): Promise<void> => {
      udp.close();
      if (child?.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(home, { recursive: true, force: true });
    };
    try {
      await once(udp, 'listening');
      await writeConfiguration(home, port);
      const env = { ...process.env, ROOMKEY_HOME: home, ROOMKEY_PASSWORD: 'the host’s own' };
      const withRoom = {
        ...env,
        ...(password !== undefined && { ROOMKEY_ROOM_PASSWORD: password }),
      };
      run(home, env, ['account', 'create', 'Grace']);
      run(home, withRoom, [
        'room',
        'create',
        'Lab',
        ...(password === undefined ? [] : ['--password']),
      ]);
      const args = [ROOMKEY, 'join', 'Lab', ...CAMERA, '--let-in', 'anyone', '--json'];
      child = spawn(process.execPath, args, {
        cwd: home,
        env: withRoom,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const lines = readLines(child);
      const beaconTimes: number[] = [];
      const beacon = await firstBeacon(udp, beaconTimes, child);
      return new CommandHost({ beacon, beaconTimes, lines, child, close });
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Its resident memory, bytes. */
  get residentBytes(): number {
    return residentBytesOf(this.#child.pid);
  }

  /** The number of its open file descriptors. */
  get descriptors(): number {
    return descriptorsOf(this.#child.pid);
  }

  /** The number of notices that it printed. */
  get notices(): number {
    return this.lines.filter(({ event }) => event === 'notice').length;
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

async function writeConfiguration(home: string, port: number): Promise<void> {
  await mkdir(join(home, 'config'), { mode: 0o700 });
  const discovery = { allOf: [{ use: '@roomkey/discovery-udp', config: { port } }] };
  const configuration = { version: 1, services: { discovery, storage: '@roomkey/storage-json' } };
  const path = join(home, 'config', 'roomkey.config.json');
  await writeFile(path, JSON.stringify(configuration), { mode: 0o600 });
}

function run(home: string, env: NodeJS.ProcessEnv, args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [ROOMKEY, ...args], { cwd: home, env });
  if (status !== 0) throw new Error(`roomkey ${args.join(' ')}: ${stderr.toString()}`);
}

function readLines(child: ChildProcess): Line[] {
  const lines: Line[] = [];
  if (child.stdout === null) throw new Error('The host prints nothing.');
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Line));
  return lines;
}

/** Waits for the first beacon; adds the times of all beacons to `times`. */
async function firstBeacon(
  udp: Socket,
  times: number[],
  child: ChildProcess,
): Promise<ParsedBeacon> {
  return await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The host ended before its room was open.')));
    udp.on('message', (bytes) => {
      if (!looksLikeBeacon(bytes)) return; // a query
      times.push(performance.now());
      resolve(decodeBeacon(bytes));
    });
  });
}
