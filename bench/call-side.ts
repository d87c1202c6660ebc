/**
 * A program: one side of a call over TCP. The parent process chooses which port it announces, so that
 * the calls can go through a relay. Its frames are bytes of a given size.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryAudioDevices } from '@roomkey/core/conformance';
import audioCommand from '@roomkey/audio-command';
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import {
  captureTime,
  type Camera,
  type Transport,
  type TransportAddress,
  type VideoSource,
  type VideoUnit,
} from '@roomkey/core';
import { tcpTransport } from '@roomkey/transport-tcp';
import { Call } from '#core/call/call.js';
import type { CallRole } from '#core/call/call-types.js';
import { GuessLimit } from '#core/call/guess-limit.js';
import { fromHex, toHex } from '#core/secure/bytes.js';
import { identityFromSeed } from '#core/secure/identity.js';
import { roomId } from '#core/secure/room-parameters.js';
import { systemClock } from '#core/util/clock.js';
import { settleOrAbort } from '#core/util/deferred.js';
import { logger, openPlugin } from './plugin.js';
import { parseRoom } from './room-text.js';

/** What a camera gives. */
export interface Pictures {
  readonly bytes: number;
  /** Ms; more if the call takes longer. */
  readonly intervalMs: number;
}

/** The program's argument, as JSON. */
export interface SideArguments {
  readonly role: 'host' | 'guest';
  readonly seed: string;
  readonly room: string;
  /** The secret derived from the room's password, hexadecimal; absent: the room is open. */
  readonly passwordSecret?: string;
  /** Where the host is; only for the guest. */
  readonly hostAddress?: TransportAddress;
  /** Absent: no camera. */
  readonly pictures?: Pictures;
  /** Whether it has a microphone, which hears a tone each second. */
  readonly hasMicrophone?: boolean;
}

/** The messages to the parent process. */
export type SideMessage =
  /** The parent answers with the port to announce in place of this one. */
  | { readonly is: 'listening'; readonly port: number }
  /** The host's room is open at this port. */
  | { readonly is: 'open'; readonly port: number }
  | { readonly is: 'state'; readonly phase: string; readonly connections?: number }
  | { readonly is: 'unit'; readonly bytes: number }
  /** A unit of sound has arrived. */
  | { readonly is: 'sound'; readonly sequence: number; readonly ageMs: number }
  /** Units of sound so far, once a second. */
  | { readonly is: 'sent'; readonly units: number; readonly copied: number }
  | { readonly is: 'notice' | 'failed'; readonly code: string };

const send = (message: SideMessage): void => void process.send?.(message);
const options = JSON.parse(process.argv[2] ?? '') as SideArguments;
const identity = identityFromSeed(fromHex(options.seed));
const name = options.role === 'host' ? 'Grace' : 'Ada';
const parameters = parseRoom(options.room);

const tcp = tcpTransport({ port: 0, connectTimeoutMs: 2_000 }, logger);
const transport: Transport = {
  dial: (address, how) => tcp.dial(address, how),
  listen: async (how) => {
    const listener = await tcp.listen(how);
    const named = new Promise<number>((resolve) =>
      process.once('message', (port) => resolve(port as number)),
    );
    send({ is: 'listening', port: listener.port });
    return { port: await named, close: () => listener.close() };
  },
};

function camera({ bytes, intervalMs }: Pictures): Camera {
  const unit = (): VideoUnit => ({
    codec: 'jpeg',
    isKey: true,
    data: new Uint8Array(bytes).fill(1),
    width: 1_280,
    height: 720,
    capturedAt: Date.now(),
  });
  const open = (): Promise<VideoSource> => {
    const stop = new AbortController();
    const source = {
      setQuality: () => undefined,
      close: () => {
        stop.abort();
        return Promise.resolve();
      },
      async *[Symbol.asyncIterator]() {
        while (!stop.signal.aborted) {
          yield unit();
          await sleep(intervalMs);
        }
      },
    };
    return Promise.resolve(source);
  };
  return { devices: () => Promise.resolve([]), open };
}

function role(): CallRole {
  if (options.role === 'host') {
    const publish = (port: number) => {
      send({ is: 'open', port });
      return Promise.resolve({ setFull: () => undefined, stop: () => Promise.resolve() });
    };
    return { kind: 'host', publisher: { publish }, letIn: 'anyone' };
  }
  const locator = {
    addresses: () => Promise.resolve([options.hostAddress ?? { host: '', port: 0 }]),
    refresh: () => undefined,
    waitForChange: async (pauseMs: number, signal: AbortSignal) => {
      await settleOrAbort(sleep(pauseMs), signal);
    },
  };
  return { kind: 'guest', locator, guesses: new GuessLimit() };
}

const audio =
  options.hasMicrophone === true
    ? (await openPlugin(audioCommand, { input: 'tone', output: 'none' })).service
    : new MemoryAudioDevices();
const call = new Call(
  {
    ...{ id: toHex(roomId(parameters)), name: 'Lab', owner: 'Grace', parameters },
    account: { name, identity },
    ...(options.passwordSecret !== undefined && {
      passwordSecret: fromHex(options.passwordSecret),
    }),
  },
  role(),
  {
    ...{ transport, cipher: aes256Gcm, codecs: ['jpeg'], logger, clock: systemClock },
    camera: camera(options.pictures ?? { bytes: 1, intervalMs: 1_000 }),
    audio,
    people: {
      verify: () => Promise.resolve('new'),
      remember: () => Promise.resolve(),
      resemblance: () => Promise.resolve({}),
    },
  },
);
call.on('state', (state) => {
  const { phase } = state;
  if (phase !== 'ended') {
    const connections = phase === 'live' ? state.participants[0].connections : undefined;
    send({ is: 'state', phase, ...(connections !== undefined && { connections }) });
  } else if (state.end.kind === 'failed') send({ is: 'failed', code: codeOf(state.end.error) });
});
call.on('track', (track) =>
  track.setSink({
    onUnit: ({ data }, _bytes, consumed) => {
      send({ is: 'unit', bytes: data.length });
      consumed();
    },
  }),
);
call.on('sound', ({ sequence, capturedAt }) => {
  send({ is: 'sound', sequence, ageMs: captureTime() - capturedAt });
});
call.on('notice', ({ error }) => send({ is: 'notice', code: codeOf(error) }));
process.on('disconnect', () => process.exit());
await call.start();
if (options.pictures !== undefined) {
  const fps = 1_000 / options.pictures.intervalMs;
  await call.camera.start({ width: 1_280, height: 720, fps, quality: 80 });
}
if (options.hasMicrophone === true) {
  await call.microphone.start({ processing: false });
  setInterval(() => {
    const { sent, copied } = call.statistics.sent.microphone;
    send({ is: 'sent', units: sent, copied });
  }, 1_000);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
