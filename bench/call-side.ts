/**
 * As a program: one side of a call over TCP, whose ports are announced as what who started it says,
 * so that a relay can stand before them. Its pictures are bytes of the size that is asked for.
 */
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import type { Camera, Transport, VideoSource, VideoUnit } from '@roomkey/core';
import { tcpTransport } from '@roomkey/transport-tcp';
import { Call } from '#core/call/call.js';
import type { CallRole } from '#core/call/call-types.js';
import { GuessLimit } from '#core/call/guess-limit.js';
import { fromHex, toHex } from '#core/secure/bytes.js';
import { identityFromSeed } from '#core/secure/identity.js';
import { roomId } from '#core/secure/room-parameters.js';
import { systemClock } from '#core/util/clock.js';
import { settleOrAbort } from '#core/util/deferred.js';
import { logger } from './plugin.js';
import { parseRoom } from './room-text.js';

/** Its one argument, as JSON. */
export interface SideArguments {
  readonly role: 'host' | 'guest';
  readonly seed: string;
  readonly room: string;
  /** What comes from the room's password, in hexadecimal digits; absent: the room is open. */
  readonly passwordSecret?: string;
  /** The guest's: where it takes the host to be. */
  readonly hostPort?: number;
  /** Of one picture; absent: no camera. */
  readonly pictureBytes?: number;
}

/** What it says. */
export type SideMessage =
  /** Answered by the port that is to be named for this one. */
  | { readonly is: 'listening'; readonly port: number }
  /** The host's room can be called at this port. */
  | { readonly is: 'open'; readonly port: number }
  | { readonly is: 'state'; readonly phase: string; readonly connections?: number }
  | { readonly is: 'unit'; readonly bytes: number }
  | { readonly is: 'notice' | 'failed'; readonly code: string };

const say = (message: SideMessage): void => void process.send?.(message);
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
    say({ is: 'listening', port: listener.port });
    return { port: await named, close: () => listener.close() };
  },
};

/** Gives the next picture when the one before was taken. */
function camera(bytes: number): Camera {
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
        for (; !stop.signal.aborted; await new Promise((next) => setTimeout(next, 100))) {
          yield unit();
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
      say({ is: 'open', port });
      return Promise.resolve({ setFull: () => undefined, stop: () => Promise.resolve() });
    };
    return { kind: 'host', publisher: { publish } };
  }
  const address = { host: '127.0.0.1', port: options.hostPort ?? 0 };
  const locator = {
    addresses: () => Promise.resolve([address]),
    refresh: () => undefined,
    waitForChange: async (pauseMs: number, signal: AbortSignal) => {
      await settleOrAbort(new Promise((resolve) => setTimeout(resolve, pauseMs)), signal);
    },
  };
  return { kind: 'guest', locator, guesses: new GuessLimit() };
}

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
    camera: camera(options.pictureBytes ?? 1),
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
    say({ is: 'state', phase, ...(connections !== undefined && { connections }) });
  } else if (state.end.kind === 'failed') say({ is: 'failed', code: codeOf(state.end.error) });
});
call.on('track', (track) =>
  track.setSink({
    onUnit: ({ data }, _bytes, taken) => {
      say({ is: 'unit', bytes: data.length });
      taken();
    },
  }),
);
call.on('notice', ({ error }) => say({ is: 'notice', code: codeOf(error) }));
process.on('disconnect', () => process.exit());
await call.start();
if (options.pictureBytes !== undefined) {
  await call.camera.start({ width: 1_280, height: 720, fps: 10, quality: 80 });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
