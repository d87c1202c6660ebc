import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Machine } from './network.js';

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 2 ** 28;

export /** Captures all traffic on a machine's loopback interface. @returns a function that stops it */
async function capture(machine: Machine, path: string): Promise<() => Promise<Buffer>> {
  const [command = '', ...prefix] = machine.prefix;
  const tshark = spawn(command, [...prefix, 'tshark', '-q', '-i', 'lo', '-w', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void tshark.kill('SIGKILL'));
  let said = '';
  tshark.stderr.setEncoding('utf8');
  while (!said.includes('Capturing on')) {
    const [chunk] = (await once(tshark.stderr, 'data')) as [string];
    said += chunk;
  }
  return async () => {
    tshark.kill('SIGINT');
    await once(tshark, 'exit');
    return await readFile(path);
  };
}

/** A message of the transport in a capture. */
export interface CapturedMessage {
  /** The TCP connection, counted from 0. */
  readonly connection: number;
  readonly from: 'caller' | 'callee';
  /** Its first byte. */
  readonly type: number;
  readonly length: number;
}

/** The messages of all TCP connections in a capture, in the order in which each came to its end. */
export async function capturedMessages(path: string): Promise<CapturedMessage[]> {
  const fields = ['tcp.stream', 'tcp.srcport', 'tcp.payload'].flatMap((field) => ['-e', field]);
  const { stdout } = await execute(
    'tshark',
    ['-r', path, '-Y', 'tcp.len > 0 && !tcp.analysis.retransmission', '-T', 'fields', ...fields],
    { maxBuffer: MAX_OUTPUT_BYTES },
  );
  const callers = new Map<string, string>();
  const held = new Map<string, Buffer>();
  const messages: CapturedMessage[] = [];
  for (const line of stdout.trimEnd().split('\n')) {
    const [stream = '', port = '', payload = ''] = line.split('\t');
    // The caller speaks first, in the handshake and on the reverse connection.
    if (!callers.has(stream)) callers.set(stream, port);
    const direction = `${stream} ${port}`;
    let bytes = Buffer.concat([
      held.get(direction) ?? Buffer.alloc(0),
      Buffer.from(payload, 'hex'),
    ]);
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()) {
      const length = bytes.readUInt32BE();
      messages.push({
        connection: Number(stream),
        from: callers.get(stream) === port ? 'caller' : 'callee',
        type: bytes[4] ?? 0,
        length,
      });
      bytes = bytes.subarray(4 + length);
    }
    held.set(direction, bytes);
  }
  return messages;
}
