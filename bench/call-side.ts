/**
 * A program: one side of a call over TCP. The parent process chooses which port it announces, so that
 * the calls can go through a relay. Its frames are bytes of a given size.
 */
import { MemoryAudioDevices } from '@roomkey/core/conformance';
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

/** The program's argument, as JSON. */
export interface SideArguments {
  readonly role: 'host' | 'guest';
  readonly seed: string;
  readonly room: string;
  /** The secret derived from the room's password, hexadecimal; absent: the room is open. */
  readonly passwordSecret?: string;
  /** The host's port; only for the guest. */
  readonly hostPort?: number;
  /** The size of a frame; absent: no camera. */
  readonly pictureBytes?: number;
}

/** The messages to the parent process. */
export type SideMessage =
  /** The parent answers with the port to announce in place of this one. */
  | { readonly is: 'listening'; readonly port: number }
  /** The host's room is open at this port. */
  | { readonly is: 'open'; readonly port: number }
  | { readonly is: 'state'; readonly phase: string; readonly connections?: number }
  | { readonly is: 'unit'; readonly bytes: number }
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

/** A camera with a frame every 100 ms, or later if the call takes longer. */
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
      send({ is: 'open', port });
      return Promise.resolve({ setFull: () => undefined, stop: () => Promise.resolve() });
    };
    return { kind: 'host', publisher: { publish }, letIn: 'anyone' };
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
    audio: new MemoryAudioDevices(),
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
call.on('notice', ({ error }) => send({ is: 'notice', code: codeOf(error) }));
process.on('disconnect', () => process.exit());
await call.start();
if (options.pictureBytes !== undefined) {
  await call.camera.start({ width: 1_280, height: 720, fps: 10, quality: 80 });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
