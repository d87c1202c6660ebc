import type { Acquaintance, ErrorCode, SenderCounts, SkippedPlugin } from '@roomkey/core/host';
import type { Settings } from './settings.js';

/** A failure as a page gets it: the code to decide by, the sentence to show. */
export interface FailureView {
  /** `unexpected`: a bug, which is written to the log. */
  readonly code: ErrorCode | 'unexpected';
  readonly message: string;
  /** What a library, a browser or the system said, as it is: shown to those who ask for details. */
  readonly details?: string;
  /** With `RK_PERSON_CHANGED`: who may be accepted, and how to tell. */
  readonly person?: ChangedPerson;
  /** With `RK_STORAGE_DAMAGED`: nothing tells one's own account any more; a sign-in may say `newIdentity`. */
  readonly ownAccountUnreadable?: true;
}

/** Somebody who shows another identity than last time. */
export interface ChangedPerson {
  /** What `people.accept` takes, with one of those that are shown. */
  readonly name: string;
  /** Fingerprints that were accepted before. */
  readonly known: readonly string[];
  /** Fingerprints that were shown since; most often one. */
  readonly shown: readonly string[];
}

/** The answer to a request. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: FailureView };

/** A room of the list. */
export interface ListedRoom {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  /**
   * What the owner is to who is signed in; left out where nobody is, or it cannot be told. Of
   * `changed` another bore that name, and whoever joins is asked before anything is dialled.
   */
  readonly known?: Acquaintance | undefined;
  /** Of a new owner: whom they may be, or be taken for, in sentences. */
  readonly notes?: readonly string[];
  /** Whether it has a password. */
  readonly password: boolean;
  /** Whether the password was given in this session, so that nobody need be asked. */
  readonly unlocked: boolean;
  readonly stored: boolean;
  readonly live: boolean;
  /** Whether the host answered; where not, a live room may be a recording. */
  readonly confirmed: boolean;
  /** Whether a guest is in it, so that nobody else is let in. */
  readonly full: boolean;
  /** Whether this version of Roomkey has enough in common with the host's to join. */
  readonly compatible: boolean;
  /** When one was in it last, ms since 1970; absent where that is not remembered. */
  readonly visitedAt?: number;
  readonly mine: boolean;
}

/** Where a call is: core's states, and the derivation of the key before them. */
export type CallPhase =
  | { readonly phase: 'deriving-key' }
  | { readonly phase: 'preparing' }
  | { readonly phase: 'waiting'; readonly absence?: LastPartnerView }
  | { readonly phase: 'searching'; readonly absence?: LastPartnerView }
  | { readonly phase: 'connecting'; readonly host: string; readonly absence?: LastPartnerView }
  | {
      readonly phase: 'live';
      readonly partner: {
        readonly name: string;
        /** As `fingerprint` gives it. */
        readonly fingerprint: string;
        readonly known: 'new' | 'same';
        /** Of somebody new: whom they may be, or be taken for, in sentences. */
        readonly notes?: readonly string[];
      };
      /** The four words to compare. */
      readonly words: readonly string[];
      readonly cipher: string;
      readonly connections?: 1 | 2;
    }
  | { readonly phase: 'ended'; readonly end: EndView };

export interface LastPartnerView {
  readonly name: string;
  /** `unaccepted`: they know another identity by one's own name, and have not accepted this one. */
  readonly kind: 'left' | 'lost' | 'unaccepted';
}

/** How a call ended by itself; one that was left is not shown any more. */
export type EndView =
  | { readonly kind: 'room-closed' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'failed'; readonly failure: FailureView };

/** The call that is open, or has just ended. */
export interface CallView {
  readonly room: {
    readonly id: string;
    readonly name: string;
    /** What its owner is called. */
    readonly owner: string;
    readonly mine: boolean;
    readonly password: boolean;
  };
  readonly state: CallPhase;
  readonly camera: CameraView;
}

/** What became of the own camera in this call. */
export type CameraView =
  | { readonly kind: 'off' }
  /** `deviceId`: where it is another than the settings say. `preview`: whether the own picture comes as frames; else the camera shows it in the page. */
  | { readonly kind: 'starting'; readonly deviceId?: string }
  | { readonly kind: 'on'; readonly preview: boolean; readonly deviceId?: string }
  | { readonly kind: 'failed'; readonly failure: FailureView };

/** A service, the plugin that does it, and those that could not. */
export interface PluginView {
  readonly service: string;
  readonly name: string;
  readonly version?: string;
  readonly skipped: readonly SkippedPlugin[];
}

/** Counts of a live call, since it began; the page makes rates of them. */
export interface StatisticsView {
  readonly sent: SenderCounts;
  readonly received: { readonly frames: number; readonly bytes: number };
}

/** What the app tells a page by itself. All of it comes once at the start, then what changes. */
export type AppEvent =
  | { readonly event: 'app'; readonly version: string; readonly plugins: readonly PluginView[] }
  | { readonly event: 'settings'; readonly settings: Settings }
  | {
      readonly event: 'account';
      readonly account: { readonly name: string; readonly fingerprint: string } | null;
      /** Where nobody is signed in: who was before, and can again. */
      readonly last?: string;
    }
  | { readonly event: 'storage'; readonly failure: FailureView | null }
  /** `reset`: what was there before is gone; then rooms that are new or changed, and ids of lost ones. */
  | {
      readonly event: 'rooms';
      readonly reset: boolean;
      readonly rooms: readonly ListedRoom[];
      readonly lost: readonly string[];
    }
  | { readonly event: 'call'; readonly call: CallView | null }
  | { readonly event: 'statistics'; readonly statistics: StatisticsView }
  /** Something to know that ends nothing. */
  | {
      readonly event: 'notice';
      readonly topic: 'camera' | 'refused' | 'storage' | 'app';
      readonly failure: FailureView;
    }
  /** The halves of plugins that the page imports; their channel is the index in this list. */
  | { readonly event: 'page-modules'; readonly modules: readonly string[] }
  /** `active`: this page has the app; `elsewhere`: another page took it, and nothing more comes. */
  | { readonly event: 'page'; readonly state: 'active' | 'elsewhere' }
  /** Text to the page's half of a plugin. */
  | { readonly event: 'plugin-text'; readonly plugin: number; readonly text: string };

/** What a page tells by itself. */
export interface PluginText {
  readonly plugin: number;
  readonly text: string;
}
