import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A fake program that was started instead of a browser or Electron. */
export interface Started {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Runs code in it. @returns the text that the code reports */
  does(code: string): Promise<string>;
  /** Makes it exit. */
  ends(code: number): void;
  /** Resolves when it has exited. */
  readonly gone: Promise<void>;
}

/** A fake program: reports how it was started, then runs code on request. */
const script = (port: number): string => `#!${process.execPath}
const { connect } = require('node:net');
const { createInterface } = require('node:readline');
const socket = connect(${port}, '127.0.0.1');
const report = (value) => socket.write(JSON.stringify(value) + '\\n');
report({ args: process.argv.slice(2), environment: process.env, pid: process.pid });
createInterface(socket).on('line', (line) => {
  const { code } = JSON.parse(line);
  new Function('require', 'report', 'args', code)(require, report, process.argv.slice(2));
});
socket.on('close', () => process.exit(0)).on('error', () => process.exit(0));
`;

/** Creates programs that a test controls. */
export async function fakePrograms(folder: string) {
  const starts: Started[] = [];
  const waiting: ((started: Started) => void)[] = [];
  const server = createServer(
    (socket) =>
      void meet(socket, (started) => {
        const next = waiting.shift();
        if (next === undefined) starts.push(started);
        else next(started);
      }),
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    /** Writes a program with this name. @returns its path */
    async make(name: string): Promise<string> {
      await mkdir(folder, { recursive: true });
      const path = join(folder, name);
      await writeFile(path, script(port), { mode: 0o755 });
      return path;
    },
    /** The next started program. */
    async next(): Promise<Started> {
      const started = starts.shift();
      return started ?? (await new Promise((resolve) => waiting.push(resolve)));
    },
  };
}

async function meet(socket: Socket, onStart: (started: Started) => void): Promise<void> {
  const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => undefined);
  const lines = createInterface(socket)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string);
  const tell = (code: string): void => void socket.write(`${JSON.stringify({ code })}\n`);
  const start = (await next()) as Pick<Started, 'args' | 'environment' | 'pid'>;
  onStart({
    ...start,
    gone,
    does: async (code) => {
      tell(code);
      return (await next()) as string;
    },
    ends: (code) => tell(`process.exit(${code})`),
  });
}
