/**
 * How fast messages go from one process to another on this computer: sealed over the TCP transport,
 * in TLS, and as bare bytes. This file has the function of the receiving side; as a program it is the
 * sending side.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import { tcpTransport } from '@roomkey/transport-tcp';
import { MAX_RECORD_BYTES } from '#core/secure/channel.js';
import {
  MAX_PLAINTEXT_BYTES,
  RecordOpener,
  RecordSealer,
  RecordType,
} from '#core/secure/records.js';
import { logger } from './plugin.js';

/**
 * `raw`: node:net, read into one buffer (`onread`); `events`: node:net, read by `'data'` events, as
 * most programs do; `tls`: node:tls; `sealed`: records over the TCP transport.
 */
export type Way = 'raw' | 'events' | 'tls' | 'sealed';

/** The messages of one measurement. */
export interface Load {
  /** The size of a message. */
  readonly bytes: number;
  readonly messages: number;
}

export const HOST = '127.0.0.1';
/** The buffer size for sending and reading; the fastest for each of the three ways. */
const BUFFER_BYTES = 256 * 1_024;
/** Roomkey's cipher, so that TLS does the same work; a shared key needs no certificate. */
const TLS = {
  ciphers: 'PSK-AES256-GCM-SHA384',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const satisfies TlsOptions;
const PSK = Buffer.alloc(32, 1);
const SECRET = new Uint8Array(64).fill(1);

export const transport = tcpTransport({ port: 0, connectTimeoutMs: 2_000 }, logger);

/** Bytes per millisecond, from the first received byte to the last. */
export async function measureThroughput(way: Way, { bytes, messages }: Load): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [way, String(bytes), String(messages)]);
  const exited = once(child, 'exit');
  const [port] = (await once(child, 'message')) as [number];
  let received = 0;
  let begun: number | undefined;
  const count = (length: number): void => {
    begun ??= performance.now();
    received += length;
  };
  await receivers[way](port, count);
  const duration = performance.now() - (begun ?? 0);
  await exited;
  if (received !== bytes * messages) {
    throw new Error(`Of ${bytes * messages} bytes sent (${way}), ${received} arrived.`);
  }
  return received / duration;
}

/** Each resolves when everything has arrived. */
const receivers: Record<Way, (port: number, count: (length: number) => void) => Promise<void>> = {
  raw: async (port, count) => {
    const onread = {
      buffer: Buffer.alloc(BUFFER_BYTES),
      callback: (length: number) => {
        count(length);
        return true;
      },
    };
    const socket = connect({ port, host: HOST, noDelay: true, onread });
    socket.resume();
    await once(socket, 'end');
  },
  events: async (port, count) => {
    const socket = connect({ port, host: HOST, noDelay: true });
    socket.on('data', (chunk: Buffer) => count(chunk.length));
    await once(socket, 'end');
  },
  tls: async (port, count) => {
    const pskCallback = () => ({ psk: PSK, identity: 'bench' });
    const checkServerIdentity = () => undefined;
    const socket = connectTls({ ...TLS, port, host: HOST, pskCallback, checkServerIdentity });
    socket.on('data', (chunk: Buffer) => count(chunk.length));
    await once(socket, 'end');
  },
  sealed: async (port, count) => {
    const opener = new RecordOpener(aes256Gcm, SECRET);
    const connection = await transport.dial({ host: HOST, port });
    connection.setMaxMessageBytes(MAX_RECORD_BYTES);
    await new Promise<void>((resolve, reject) => {
      connection.receive({
        onMessage: (message) => count(opener.open(message).plaintext.length),
        onEnd: (reason) => (reason === undefined ? resolve() : reject(reason)),
      });
    });
  },
};

/** Each listens, reports its port to the parent, and sends everything to the first caller. */
const senders: Record<Way, (load: Load) => Promise<void>> = {
  raw: sendRaw,
  events: sendRaw,
  tls: (load) => {
    const server = createTlsServer({ ...TLS, noDelay: true, pskCallback: () => PSK });
    return sendBytes(server, 'secureConnection', load);
  },
  sealed: async ({ bytes, messages }) => {
    const fragment = [new Uint8Array(MAX_PLAINTEXT_BYTES).fill(1)];
    const records = (messages * bytes) / MAX_PLAINTEXT_BYTES;
    const sealer = new RecordSealer(aes256Gcm, SECRET);
    const listener = await transport.listen({
      onConnection: (connection) => {
        void (async () => {
          for (let i = 0; i < records; i += 1) {
            if (!connection.send(sealer.seal({ type: RecordType.data, stream: 1 }, fragment))) {
              await connection.drained();
            }
          }
          await connection.close();
          await listener.close();
        })();
      },
    });
    process.send?.(listener.port);
  },
};

function sendRaw(load: Load): Promise<void> {
  const server = createServer({ noDelay: true, highWaterMark: BUFFER_BYTES });
  return sendBytes(server, 'connection', load);
}

async function sendBytes(server: Server, event: string, { bytes, messages }: Load): Promise<void> {
  const payload = new Uint8Array(bytes).fill(1);
  server.listen(0, HOST);
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
  const [socket] = (await once(server, event)) as [Socket];
  socket.resume();
  for (let i = 0; i < messages; i += 1) {
    if (!socket.write(payload)) await once(socket, 'drain');
  }
  socket.end();
  server.close();
}

const [, program, way, bytes, messages] = process.argv;
if (program === fileURLToPath(import.meta.url)) {
  await senders[way as Way]({ bytes: Number(bytes), messages: Number(messages) });
  process.disconnect();
}
