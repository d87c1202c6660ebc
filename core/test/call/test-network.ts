import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Call } from '../../src/call/call.js';
import type { CallDependencies, CallEvents, RoomPublisher } from '../../src/call/call-types.js';
import type { CallRoom } from '../../src/call/call-room.js';
import { GuessLimit } from '../../src/call/guess-limit.js';
import type { LetIn } from '../../src/call/lobby.js';
import type { HostLocator } from '../../src/call/guest-connector.js';
import type { CallState } from '../../src/call/state.js';
import { MemoryNetwork } from '../../src/conformance/memory-transport.js';
import type { AudioDevices } from '../../src/contracts/audio.js';
import type { Camera, VideoSource } from '../../src/contracts/camera.js';
import type { Cipher } from '../../src/contracts/cipher.js';
import type { TransportAddress } from '../../src/contracts/transport.js';
import type { RemoteVideoTrack } from '../../src/media/remote-video-track.js';
import { KnownPeers } from '../../src/people/known-peers.js';
import { toHex } from '../../src/secure/bytes.js';
import type { Identity } from '../../src/secure/identity.js';
import {
  createRoomParameters,
  roomId,
  type RoomParameters,
} from '../../src/secure/room-parameters.js';
import { AsyncQueue } from '../../src/util/async-queue.js';
import { LatestValue } from '../../src/util/latest-value.js';
import type { VideoKind } from '../../src/wire/video-kind.js';
import type { NumberedVideoUnit, VideoCodec, VideoUnit } from '../../src/wire/index.js';
import { ManualClock, MemoryLogger } from '../rooms/setup.js';
import { testCipher } from '../secure/aes-gcm.js';
import { newIdentity } from '../secure/peers.js';
import { ManualAudio } from './manual-audio.js';

/** A camera that captures a frame when a test calls `capture`. */
export class ManualCamera implements Camera {
  readonly #slot = new LatestValue<VideoUnit>();

  devices = (): Promise<[]> => Promise.resolve([]);

  open = (): Promise<VideoSource> =>
    Promise.resolve({
      [Symbol.asyncIterator]: () => this.#slot[Symbol.asyncIterator](),
      setQuality: () => undefined,
      close: () => {
        this.#slot.end();
        return Promise.resolve();
      },
    });

  /** Captures a frame whose bytes are the text. */
  capture(text: string): void {
    const data = new TextEncoder().encode(text);
    const picture = { codec: 'jpeg', isKey: true, width: 16, height: 16 } as const;
    this.#slot.put({ ...picture, data, capturedAt: Date.now() });
  }

  unplug(error: Error): void {
    this.#slot.end(error);
  }
}

/** A locator whose addresses a test sets. */
export class ManualLocator implements HostLocator {
  refreshes = 0;
  #addresses: readonly TransportAddress[] = [];
  readonly #waiting = new Set<() => void>();

  set(...addresses: readonly TransportAddress[]): void {
    this.#addresses = addresses;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  addresses = (): Promise<readonly TransportAddress[]> => Promise.resolve(this.#addresses);

  refresh = (): void => {
    this.refreshes += 1;
  };

  waitForChange = (_pauseMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
}

/** A person with an identity and known peers. */
export interface TestIdentity {
  readonly name: string;
  readonly identity: Identity;
  readonly people: KnownPeers;
}

export async function testIdentity(name: string): Promise<TestIdentity> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-call-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const identity = newIdentity();
  return { name, identity, people: new KnownPeers(folder, identity.publicKey) };
}

const SECRET = new Uint8Array(32).fill(7);

/** A network with a room and calls in it. */
export class TestNetwork {
  readonly logger = new MemoryLogger();
  readonly memory = new MemoryNetwork();
  readonly locator = new ManualLocator();
  readonly clock = new ManualClock();
  readonly host: TestIdentity;
  readonly parameters: RoomParameters;

  /** The cipher of the machine with this address. */
  cipherOf: (address: string) => Cipher = () => testCipher();
  /** The calls of `RoomPublication.setFull`. */
  readonly fullUpdates: boolean[] = [];

  constructor(host: TestIdentity, mode: 0 | 1 = 1) {
    this.host = host;
    this.parameters = createRoomParameters(host.identity.publicKey, mode);
  }

  /** The host's call, at this address; publishing updates the guests' locator. */
  hostCall(
    address: string,
    camera: Camera = new ManualCamera(),
    publisher: RoomPublisher = this.#publisher(address),
    codecs?: readonly VideoCodec[],
    letIn: LetIn = 'anyone',
    audio?: AudioDevices,
  ): Call {
    const role = { kind: 'host', publisher, letIn } as const;
    return this.#leaveAfterTest(
      new Call(
        this.#room(this.host),
        role,
        this.#dependencies(this.host, address, camera, codecs, audio),
      ),
    );
  }

  /** A guest's call, from this address. */
  guestCall(
    guest: TestIdentity,
    address: string,
    options: {
      camera?: Camera;
      audio?: AudioDevices;
      passwordSecret?: Uint8Array;
      codecs?: readonly VideoCodec[];
      guesses?: GuessLimit;
    } = {},
  ): Call {
    const { guesses = new GuessLimit() } = options;
    const role = { kind: 'guest', locator: this.locator, guesses } as const;
    const room = this.#room(guest, options.passwordSecret);
    const { camera = new ManualCamera(), codecs, audio } = options;
    return this.#leaveAfterTest(
      new Call(room, role, this.#dependencies(guest, address, camera, codecs, audio)),
    );
  }

  #publisher(address: string): RoomPublisher {
    return {
      publish: (port) => {
        this.locator.set({ host: address, port });
        const stop = (): Promise<void> => {
          this.locator.set();
          return Promise.resolve();
        };
        return Promise.resolve({ setFull: (full) => void this.fullUpdates.push(full), stop });
      },
    };
  }

  #room({ name, identity }: TestIdentity, passwordSecret: Uint8Array = SECRET): CallRoom {
    const { parameters } = this;
    return {
      id: toHex(roomId(parameters)),
      name: 'lab',
      owner: this.host.name,
      parameters,
      account: { name, identity },
      ...(parameters.mode === 1 && { passwordSecret: passwordSecret.slice() }),
    };
  }

  #dependencies(
    person: TestIdentity,
    address: string,
    camera: Camera,
    codecs: readonly VideoCodec[] = ['jpeg'],
    audio: AudioDevices = new ManualAudio(),
  ): CallDependencies {
    const transport = this.memory.machine(address);
    const { people } = person;
    const { clock, logger } = this;
    const cipher = this.cipherOf(address);
    return { transport, cipher, camera, audio, codecs, people, logger, clock };
  }

  #leaveAfterTest(call: Call): Call {
    onTestFinished(() => call.leave());
    return call;
  }
}

/** Waits for a state of this phase. */
export async function phase<P extends CallState['phase']>(
  call: Call,
  wanted: P,
  fits: (state: Extract<CallState, { phase: P }>) => boolean = () => true,
): Promise<Extract<CallState, { phase: P }>> {
  return await new Promise((resolve) => {
    const check = (state: CallState): void => {
      if (state.phase !== wanted || !fits(state as Extract<CallState, { phase: P }>)) return;
      unsubscribe();
      resolve(state as Extract<CallState, { phase: P }>);
    };
    const unsubscribe = call.on('state', check);
    check(call.state);
  });
}

/** The next event of a kind. */
export async function next<K extends keyof CallEvents>(
  call: Call,
  event: K,
): Promise<CallEvents[K]> {
  return await new Promise((resolve) => {
    const unsubscribe = call.on(event, (value) => {
      unsubscribe();
      resolve(value);
    });
  });
}

/** Records the units of one kind of track in a call, and consumes each one at once. */
export class TrackRecorder {
  readonly units: NumberedVideoUnit[] = [];
  /** Of each track that is on, the newest last. */
  readonly tracks: RemoteVideoTrack[] = [];
  readonly #coming = new AsyncQueue<NumberedVideoUnit>();
  readonly #iterator = this.#coming[Symbol.asyncIterator]();
  readonly #kind: VideoKind;

  constructor(call: Call, kind: VideoKind = 'camera') {
    this.#kind = kind;
    for (const track of call.tracks.values()) this.#watch(track);
    call.on('track', (track) => this.#watch(track));
  }

  /** The next unit. */
  async next(): Promise<NumberedVideoUnit> {
    const result = await this.#iterator.next();
    if (result.done === true) throw new Error('the track has ended');
    return result.value;
  }

  #watch(track: RemoteVideoTrack): void {
    if (track.kind !== this.#kind) return;
    this.tracks.push(track);
    track.setSink({
      onUnit: (unit, _bytes, taken) => {
        this.units.push(unit);
        this.#coming.put(unit);
        taken();
      },
    });
  }
}

/** The text in a unit of a `ManualCamera`. */
export function textOf({ data }: VideoUnit): string {
  return new TextDecoder().decode(data);
}

/** Whether the transport mode is known. */
export const hasTransportMode = (state: Extract<CallState, { phase: 'live' }>): boolean =>
  state.participants[0].connections !== undefined;
