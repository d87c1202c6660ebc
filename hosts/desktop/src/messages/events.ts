import type {
  AudioOutputStatistics,
  CallNotice,
  CallStatistics,
  IdentityStatus,
  ErrorCode,
  SkippedPlugin,
} from '@roomkey/core/host';
import type { EndReason, VideoKind } from '@roomkey/core/wire';
import type { Settings } from './settings.js';

/** A failure as sent to a page: a code for decisions and a sentence to show. */
export interface FailureView {
  /** `unexpected` is a bug; the app logs it. */
  readonly code: ErrorCode | 'unexpected';
  readonly message: string;
  /** The original message of a library, a browser or the system, shown only on request. */
  readonly details?: string;
  /** With `RK_IDENTITY_MISMATCH`: the person to accept, with the safety numbers to compare. */
  readonly person?: ChangedPerson;
  /** With `RK_STORAGE_DAMAGED`: the account cannot be checked; sign-in may set `newIdentity`. */
  readonly ownAccountUnreadable?: true;
}

/** A person whose identity changed since the last call. */
export interface ChangedPerson {
  /** The name for `people.accept`, which also takes one of `shown`. */
  readonly name: string;
  /** Fingerprints accepted earlier. */
  readonly known: readonly string[];
  /** Fingerprints shown since then, usually one. */
  readonly shown: readonly string[];
}

/** The answer to a request. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: FailureView };

/** A room in the list. */
export interface ListedRoom {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  /**
   * How the signed-in account knows the owner. Absent if no one is signed in or it cannot be
   * determined. `changed`: the name belonged to a different identity, so joining asks for a
   * comparison before it dials.
   */
  readonly known?: IdentityStatus | undefined;
  /** Warnings about a new owner, as sentences: who they may be, or may be mistaken for. */
  readonly notes?: readonly string[];
  /** Whether it has a password. */
  readonly password: boolean;
  /** Whether the password was given in this session, so that joining does not ask for it. */
  readonly unlocked: boolean;
  readonly stored: boolean;
  readonly live: boolean;
  /** Whether the host answered. If not, the beacon of a live room may be a replay. */
  readonly confirmed: boolean;
  /** Whether a guest is in the room, so that no one else can join. */
  readonly full: boolean;
  /** Whether this version of Roomkey can join the host's version. */
  readonly compatible: boolean;
  /** Last visit, ms since 1970; absent if unknown. */
  readonly visitedAt?: number;
  readonly mine: boolean;
}

/** Who someone is, as the handshake proved it. */
export interface PersonView {
  readonly name: string;
  /** The result of `fingerprint`. */
  readonly fingerprint: string;
  readonly known: 'new' | 'same';
  /** Warnings about a new person, as sentences: who they may be, or may be mistaken for. */
  readonly notes?: readonly string[];
}

/** A guest who waits to be let in. */
export interface KnockView extends PersonView {
  /** For `call.letIn` and `call.decline`. */
  readonly id: string;
}

/** A person in the call. */
export interface ParticipantView extends PersonView {
  /** The four words to compare. */
  readonly words: readonly string[];
  readonly cipher: string;
  readonly connections?: 1 | 2;
  /** They let people in without a question, so no one may be looking there. */
  readonly unattended?: true;
}

/** The phase of a call: core's states, and before them the key derivation. */
export type CallPhase =
  | { readonly phase: 'deriving-key' }
  | { readonly phase: 'preparing' }
  | { readonly phase: 'waiting'; readonly lastPartner?: LastPartnerView }
  | { readonly phase: 'searching'; readonly lastPartner?: LastPartnerView }
  | { readonly phase: 'connecting'; readonly host: string; readonly lastPartner?: LastPartnerView }
  /** The owner, whose name this is, has to let this guest in. */
  | { readonly phase: 'knocking'; readonly name: string }
  /** The other participants, so far one. */
  | { readonly phase: 'live'; readonly participants: readonly [ParticipantView] }
  | { readonly phase: 'ended'; readonly end: EndView };

export interface LastPartnerView {
  readonly name: string;
  /**
   * `unaccepted`: they know a different identity by this account's name and have not accepted the
   * new one.
   */
  readonly kind: 'left' | 'lost' | 'unaccepted';
}

/** How a call ended. A call that the user left is not shown any more. */
export type EndView =
  | { readonly kind: 'room-closed' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'failed'; readonly failure: FailureView };

/** The current call, or one that has just ended. */
export interface CallView {
  readonly room: {
    readonly id: string;
    readonly name: string;
    /** The owner's name. */
    readonly owner: string;
    readonly mine: boolean;
    readonly password: boolean;
  };
  readonly state: CallPhase;
  /** The own camera. */
  readonly camera: LocalTrackView;
  /** The own screen, shared beside the camera. */
  readonly screen: LocalTrackView;
  /** Whether the sound of the own screen is sent with it. */
  readonly screenAudio: boolean;
  /** The participant's tracks. */
  readonly remote: Readonly<Record<VideoKind, RemoteTrackView>>;
  /** The own microphone. */
  readonly microphone: MicrophoneView;
  /** The own loudspeaker. */
  readonly speaker: DeviceView;
  /** The participant's microphone. */
  readonly remoteMicrophone: RemoteMicrophoneView;
  /** Who waits to be let in, oldest first; empty for a guest. */
  readonly knocks: readonly KnockView[];
}

/** A participant's camera or screen, as their program reports it. */
export type RemoteTrackView =
  | { readonly kind: 'on' }
  /** `reason` is absent if it was not on in this call. */
  | { readonly kind: 'off'; readonly reason?: EndReason };

/** The state of the own camera, or of the own screen, in this call. */
export type LocalTrackView =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  /** `preview`: whether its pictures arrive as units; otherwise the page shows its own camera. */
  | { readonly kind: 'on'; readonly preview: boolean }
  | { readonly kind: 'failed'; readonly failure: FailureView };

/** The state of a device in this call. */
export type DeviceView =
  | { readonly kind: 'off' | 'starting' | 'on' }
  | { readonly kind: 'failed'; readonly failure: FailureView };

/** The own microphone. `muted` holds also for one that is not on yet. */
export type MicrophoneView = DeviceView & { readonly muted: boolean };

/** A participant's microphone, as their program reports it. */
export type RemoteMicrophoneView =
  | { readonly kind: 'on'; readonly muted: boolean }
  /** `reason` is absent if it was not on in this call. */
  | { readonly kind: 'off'; readonly reason?: EndReason };

/** How loud it is now: RMS, 0…1, with three digits. */
export interface Levels {
  /** The own microphone, as the participant gets it; 0 while it is muted. */
  readonly microphone: number;
  /** What the loudspeaker plays, before the volume. */
  readonly speaker: number;
}

/** A service, the plugin that provides it, and the plugins that were skipped. */
export interface PluginView {
  readonly service: string;
  readonly name: string;
  readonly version?: string;
  readonly skipped: readonly SkippedPlugin[];
}

/** Counts of a live call, since it began; the page calculates rates from them. */
export type StatisticsView = CallStatistics & {
  /** Of the own loudspeaker, while it is on. */
  readonly speaker?: AudioOutputStatistics;
  /**
   * The mean age of the sound that arrived in the last second, ms; by the clocks of both computers,
   * like that of pictures.
   */
  readonly soundAgeMs?: number;
};

/** Events from the app to a page. After connecting the page gets a full snapshot, then changes. */
export type AppEvent =
  | { readonly event: 'app'; readonly version: string; readonly plugins: readonly PluginView[] }
  | { readonly event: 'settings'; readonly settings: Settings }
  | {
      readonly event: 'account';
      readonly account: { readonly name: string; readonly fingerprint: string } | null;
      /** If no one is signed in: the previous account, if it can sign in again. */
      readonly last?: string;
    }
  | { readonly event: 'storage'; readonly failure: FailureView | null }
  /**
   * `reset`: discard all known rooms first. `rooms`: new or changed rooms. `lost`: ids of rooms to
   * remove.
   */
  | {
      readonly event: 'rooms';
      readonly reset: boolean;
      readonly rooms: readonly ListedRoom[];
      readonly lost: readonly string[];
    }
  | { readonly event: 'call'; readonly call: CallView | null }
  | { readonly event: 'statistics'; readonly statistics: StatisticsView }
  /** At most ten times a second, when they change. */
  | ({ readonly event: 'levels' } & Levels)
  /** Information that does not end the call or the app. */
  | {
      readonly event: 'notice';
      readonly topic: CallNotice['topic'] | 'app';
      readonly failure: FailureView;
    }
  /** URLs of the page modules to import. A module's index in this list is its channel number. */
  | { readonly event: 'page-modules'; readonly modules: readonly string[] }
  /**
   * `active`: this page controls the app. `elsewhere`: another page took over, and no more events
   * follow.
   */
  | { readonly event: 'page'; readonly state: 'active' | 'elsewhere' }
  /** Text for a plugin's page module. */
  | { readonly event: 'plugin-text'; readonly plugin: number; readonly text: string };

/** Text from a plugin's page module. */
export interface PluginText {
  readonly plugin: number;
  readonly text: string;
}
