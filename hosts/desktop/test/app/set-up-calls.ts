import { vi } from 'vitest';
import type {
  AudioDevice,
  AudioDevices,
  CallState,
  GuessLimit,
  Knock,
  Roomkey,
  RoomEntry,
  SignedIn,
  NumberedVideoUnit,
  VideoCodec,
  VideoSink,
} from '@roomkey/core/host';
import { CallController } from '../../src/app/call-controller.js';
import type { CurrentAccount } from '../../src/app/current-account.js';
import type { PageSession } from '../../src/app/page-session.js';
import type { RememberedPassword, RoomFeed } from '../../src/app/room-feed.js';
import type { AppEvent, CallPhase, LocalTrackView, Settings } from '../../src/messages/index.js';
import { MemoryLogger } from './test-network.js';

/** Id of the room. */
export const ID = 'ab'.repeat(16);
export const live = liveWith('Grace', 0);

/** The state of a call with someone whose identity is 32 bytes of `identity`. */
export function liveWith(name: string, identity: number): CallState {
  const participant = {
    name,
    identity: new Uint8Array(32).fill(identity),
    known: 'same',
    words: [],
    cipher: 'AES-256-GCM',
  } as const;
  return { phase: 'live', participants: [participant] };
}

export const left: CallState = { phase: 'ended', end: { kind: 'left' } };
/** The call ended, not by leaving. */
export const over: CallState = { phase: 'ended', end: { kind: 'replaced' } };

/** Makes a call emit an event. */
type Emits = (
  event: 'state' | 'notice' | 'track' | 'trackEnd' | 'preview' | 'knocks' | 'microphone' | 'sound',
  value: unknown,
) => void;

/** Promises that delay a call's steps. */
interface Waits {
  readonly started: Promise<void>;
  readonly cameraStarted: Promise<void>;
  readonly screenAudioStarted: Promise<void>;
  readonly left: Promise<void>;
  readonly letIn: Promise<void>;
}

/** A call that logs its calls in a journal. */
export function fakeCall(journal: string[], waits: Waits) {
  const listeners = new Map<string, (value: unknown) => void>();
  const track = (kind: 'camera' | 'screen') => ({
    start: ({ deviceId = 'first' }) => {
      journal.push(`start ${kind} ${deviceId}`);
      return waits.cameraStarted;
    },
    stop: () => Promise.resolve(journal.push(`stop ${kind}`)),
    setQuality: (quality: number) => journal.push(`quality ${kind} ${quality}`),
  });
  /** Sound has tests of its own. */
  const silent = { start: () => Promise.resolve(), stop: () => Promise.resolve(), level: 0 };
  const call = {
    state: { phase: 'waiting' },
    statistics: { sent: {}, received: {} },
    camera: track('camera'),
    screen: track('screen'),
    microphone: { ...silent, setMuted: () => undefined },
    speaker: { ...silent, setVolume: () => undefined },
    screenAudio: {
      start: ({ deviceId = 'first' }) => {
        journal.push(`start sound of ${deviceId}`);
        return waits.screenAudioStarted;
      },
      stop: () => Promise.resolve(journal.push('stop sound of the screen')),
    },
    tracks: new Map<string, unknown>(),
    on: (event: string, listener: (value: unknown) => void) => listeners.set(event, listener),
    start: () => waits.started.then(() => void journal.push('started')),
    leave: async ({ roomClosed }: { roomClosed: boolean }) => {
      journal.push(roomClosed ? 'close the room' : 'leave');
      await waits.left;
      journal.push('left');
    },
    keepWaiting: () => journal.push('keep waiting'),
    knocks: [] as readonly Knock[],
    letIn: async (id: string) => {
      journal.push(`let in ${id}`);
      await waits.letIn;
    },
    decline: (id: string) => Promise.resolve(journal.push(`decline ${id}`)),
  };
  const emits: Emits = (event, value) => listeners.get(event)!(value);
  /** A participant's camera or screen begins. */
  const opens = (kind: 'camera' | 'screen'): FakeTrack => {
    const remote = new FakeTrack(kind, journal);
    call.tracks.set(kind, remote);
    emits('track', remote);
    return remote;
  };
  /** These guests wait to be let in. */
  const knocks = (...guests: readonly Knock[]): void => {
    call.knocks = guests;
    emits('knocks', guests);
  };
  return { call, emits, opens, knocks };
}

/** A participant’s track, whose units a test creates. */
export class FakeTrack {
  sink: VideoSink | undefined;
  readonly kind: 'camera' | 'screen';
  readonly #journal: string[];

  constructor(kind: 'camera' | 'screen', journal: string[]) {
    this.kind = kind;
    this.#journal = journal;
  }

  setSink(sink: VideoSink | undefined): void {
    this.sink = sink;
  }

  requestKeyUnit(): void {
    this.#journal.push(`key unit ${this.kind}`);
  }

  setVisible(visible: boolean): void {
    this.#journal.push(`${this.kind} ${visible ? 'visible' : 'hidden'}`);
  }

  /** Delivers a unit. @returns whether it was consumed */
  give(number: number): () => boolean {
    let isTaken = false;
    this.sink?.onUnit({ number } as NumberedVideoUnit, Uint8Array.of(number), () => {
      isTaken = true;
    });
    return () => isTaken;
  }
}

/** A requested call, which a test opens, fails, or makes emit events. */
export interface FakeCall {
  readonly password: string | undefined;
  readonly guesses: GuessLimit | undefined;
  readonly codecs: readonly VideoCodec[] | undefined;
  readonly isNewPassword: boolean | undefined;
  opens(): void;
  fails(error: Error): void;
  readonly emits: Emits;
  /** A participant's camera or screen begins. */
  readonly shows: (kind: 'camera' | 'screen') => FakeTrack;
  /** These guests wait to be let in. */
  readonly knocks: (...guests: readonly Knock[]) => void;
}

/** A controller whose calls a test controls. */
export function setUpCalls(more: Partial<RoomEntry> = {}) {
  const owner = { name: 'Grace', identity: new Uint8Array(32) };
  const room = { id: ID, name: 'Lab', owner, password: false, mine: false, ...more } as RoomEntry;
  const emitted: AppEvent[] = [];
  const journal: string[] = [];
  const asked: FakeCall[] = [];
  const passwords = new Map<string, RememberedPassword>();
  const ada = { name: 'Ada' } as SignedIn;
  const account = { signedIn: ada as SignedIn | undefined, require: () => ada };
  const page = {
    codecs: ['h264', 'vp8'] as readonly VideoCodec[],
    sendRemote: (track: string, bytes: Uint8Array, consumed: () => void) => {
      journal.push(`remote ${track} ${bytes.length}`);
      page.consumed.push(consumed);
      return true;
    },
    consumed: [] as (() => void)[],
    sendPreview: (track: string, unit: unknown) => journal.push(`preview ${track} ${String(unit)}`),
  };
  /** Results of the stubbed services. */
  const world = {
    found: Promise.resolve(room),
    started: Promise.resolve(),
    cameraStarted: Promise.resolve(),
    screenAudioStarted: Promise.resolve(),
    inputs: [] as readonly AudioDevice[],
    left: Promise.resolve(),
    letIn: Promise.resolve(),
    removed: () => Promise.resolve(),
    /** Result of the owner check. */
    owner: () => Promise.resolve(),
    /** Frame rate of the settings. */
    fps: 30 as Settings['fps'],
  };
  let wake = (): void => undefined;
  const open = (
    _account: SignedIn,
    _room: RoomEntry,
    options: {
      password?: string;
      guesses?: GuessLimit;
      codecs?: readonly VideoCodec[];
      isNewPassword?: boolean;
    },
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { call, emits, opens, knocks } = fakeCall(journal, world);
      asked.push({
        password: options.password,
        guesses: options.guesses,
        codecs: options.codecs,
        isNewPassword: options.isNewPassword,
        opens: () => resolve(call),
        fails: reject,
        emits,
        shows: opens,
        knocks,
      });
      wake();
    });
  const calls = new CallController({
    roomkey: {
      rooms: {
        find: () => world.found,
        remove: (_account: SignedIn, id: string) => {
          journal.push(`remove ${id}`);
          return world.removed();
        },
      },
      calls: { open, verifyOwner: () => world.owner() },
    } as unknown as Roomkey,
    account: account as unknown as CurrentAccount,
    rooms: {
      password: (id: string) => passwords.get(id),
      unlock: (id: string, password: string) => journal.push(`unlock ${id} ${password}`),
      lock: (id: string) => journal.push(`lock ${id}`),
    } as unknown as RoomFeed,
    settings: () =>
      ({ resolution: '640x360', fps: world.fps, quality: 80, codec: 'auto' }) as Settings,
    page: () => page as unknown as PageSession,
    audio: () => ({ inputs: () => Promise.resolve(world.inputs) }) as unknown as AudioDevices,
    emit: (event) => emitted.push(event),
    logger: new MemoryLogger(),
  });
  /** The call with this index, once it was requested. */
  const call = async (index: number): Promise<FakeCall> => {
    while (asked[index] === undefined) await new Promise<void>((resolve) => (wake = resolve));
    return asked[index];
  };
  const join = async (password?: string): Promise<FakeCall> => {
    const joining = calls.join(ID, password);
    // A refused join requests no call.
    const opened = await Promise.race([call(asked.length), joining.then(() => undefined)]);
    if (opened === undefined) throw new Error('it joined without a call');
    opened.opens();
    await joining;
    return opened;
  };
  const notices = (): string[] =>
    emitted.flatMap((event) =>
      event.event === 'notice' ? [`${event.topic}: ${event.failure.message}`] : [],
    );
  return { calls, account, page, world, emitted, journal, asked, passwords, call, join, notices };
}

/** Phase of the last call event. */
export function shown({ emitted }: { emitted: AppEvent[] }): CallPhase['phase'] | null | undefined {
  const last = emitted.findLast(({ event }) => event === 'call');
  if (last?.event !== 'call') return undefined;
  return last.call === null ? null : last.call.state.phase;
}

export function camera(calls: CallController): LocalTrackView | undefined {
  return calls.event.event === 'call' ? calls.event.call?.camera : undefined;
}

/** Waits for a condition that holds soon, even on a busy machine. */
export async function until(isTrue: () => boolean): Promise<void> {
  await vi.waitUntil(isTrue, 10_000);
}

/** A promise with its settle functions. */
export function pending<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}
