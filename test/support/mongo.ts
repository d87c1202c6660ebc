import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { freeTcpPort } from './free-port.js';
import { mongoProgram } from './mongo-program.js';

/** The options of a test's own server. */
export interface MongoServerOptions {
  /** The address to listen on; default 127.0.0.1. */
  readonly address?: string;
  /** A command that runs it, such as `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
  /** The only user with access; default: everyone has access. FerretDB only. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** A test's own MongoDB or FerretDB, with its data in a temporary folder. */
export class MongoServer {
  readonly address: string;
  readonly port: number;
  readonly #folder: string;
  readonly #options: MongoServerOptions;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, options: MongoServerOptions) {
    this.#folder = folder;
    this.port = port;
    this.address = options.address ?? '127.0.0.1';
    this.#options = options;
  }

  /** Starts a server; it is removed, with its data, after the test. */
  static async start(options: MongoServerOptions = {}): Promise<MongoServer> {
    const server = await MongoServer.launch(options);
    onTestFinished(() => server.dispose());
    return server;
  }

  /** Starts a server; the caller disposes of it. */
  static async launch(options: MongoServerOptions = {}): Promise<MongoServer> {
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-mongo-'));
    await mkdir(join(folder, 'data'));
    const server = new MongoServer(folder, await freeTcpPort(), options);
    await server.#run();
    return server;
  }

  /** The connection string, without user name, password and database. */
  get uri(): string {
    return `mongodb://${this.address}:${this.port}/`;
  }

  /** Asks it to end (SIGTERM), and waits until it has. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends it at once (SIGKILL). */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts it again after `stop` or `kill`, on the same port and data. */
  async restart(): Promise<void> {
    await this.#run();
  }

  /** Stops or continues the process (SIGSTOP, SIGCONT), to simulate a server that hangs. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async #run(): Promise<void> {
    const program = mongoProgram();
    if (program === undefined)
      throw new Error('mongod is not installed; run npm run setup:ferretdb.');
    const args = program.kind === 'mongod' ? this.#mongodArgs() : this.#ferretdbArgs();
    const { prefix = [], args: more = [] } = this.#options;
    const [command = '', ...rest] = [...prefix, program.path, ...args, ...more];
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
    this.#child = child;
    const output: string[] = [];
    const ready = program.kind === 'mongod' ? 'Waiting for connections' : 'Listening on TCP';
    await new Promise<void>((resolve, reject) => {
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on('line', (line) => {
          if (output.length < 100) output.push(line);
          if (line.includes(ready)) resolve();
        });
      }
      child.once('error', reject);
      child.once('exit', () =>
        reject(new Error(`The server did not start.\n${output.join('\n')}`)),
      );
    });
  }

  #mongodArgs(): string[] {
    const data = ['--dbpath', join(this.#folder, 'data')];
    return [...data, '--bind_ip', this.address, '--port', String(this.port)];
  }

  #ferretdbArgs(): string[] {
    const { user } = this.#options;
    return [
      '--handler=sqlite',
      `--sqlite-url=file:${join(this.#folder, 'data')}/?_pragma=synchronous(normal)`,
      `--state-dir=${this.#folder}`,
      `--listen-addr=${this.address}:${this.port}`,
      '--debug-addr=-',
      '--telemetry=disable',
      '--log-format=text',
      ...(user === undefined
        ? []
        : [
            '--test-enable-new-auth',
            '--setup-database=admin',
            `--setup-username=${user.name}`,
            `--setup-password=${user.password}`,
          ]),
    ];
  }
}

/**
 * A database for each test of a file: on the server of `MONGO_URL`, or else on one that runs during
 * the tests of the file. For the body of a suite that needs the part `mongo`.
 */
export class TestDatabase {
  #server: MongoServer | undefined;
  #name = '';

  constructor() {
    beforeAll(async () => {
      if (process.env['MONGO_URL'] === undefined) this.#server = await MongoServer.launch();
    });
    afterAll(() => this.#server?.dispose());
    beforeEach(() => {
      this.#name = `roomkey-test-${randomBytes(6).toString('hex')}`;
    });
    afterEach(() => dropDatabase(this.uri, this.#name));
  }

  /** The connection string of the server, without the test's database. */
  get uri(): string {
    return this.#server?.uri ?? process.env['MONGO_URL'] ?? '';
  }

  /** The database of this test. */
  get name(): string {
    return this.#name;
  }
}

/** Removes a database with its contents. */
export async function dropDatabase(uri: string, name: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    await client.db(name).dropDatabase();
  } finally {
    await client.close();
  }
}

/** The environment, without the user's own settings for FerretDB. */
function environment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !name.startsWith('FERRETDB_'));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
