import type { AudioDevices, AudioInput, AudioInputRequest, AudioUnit } from '../contracts/audio.js';
import type { OutgoingCounts, OutgoingStream } from '../streams/outgoing-stream.js';
import type { StreamOptions, StreamPeer } from '../streams/stream-protocol.js';
import type { Clock } from '../util/clock.js';
import type { EndReason } from '../wire/control.js';
import { LateCopies } from './late-copies.js';
import { OpenDevice } from './open-device.js';
import { OutgoingSound } from './outgoing-sound.js';
import type { AudioKind, AudioStreamKind } from './audio-protocol.js';

/** The events of a source of sound. Called synchronously. */
export interface LocalAudioTrackHandlers {
  /** The source ended, or closing it failed; `start` tries again. */
  onLost(error: unknown): void;
}

/** Counts of the units of sound while there was a peer. */
export interface LocalAudioCounts {
  readonly sent: number;
  /** Too old before they could be sent. */
  readonly dropped: number;
  /** Sent again on the other connection, because they were late on theirs. */
  readonly copied: number;
}

const NO_COUNTS: OutgoingCounts = { sent: 0, dropped: 0, bytes: 0 };

/** What errors call the sources, for people. */
const names: Readonly<Record<AudioKind, string>> = {
  microphone: 'microphone',
  screen: 'sound of the screen',
};

/** The user's microphone, or the sound of their screen, from its source to the stream that carries it. */
export class LocalAudioTrack {
  readonly #kind: AudioKind;
  readonly #devices: AudioDevices;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #handlers: LocalAudioTrackHandlers;
  readonly #device: OpenDevice<AudioInput>;
  #unitMs = 20;
  #isMuted = false;
  #level = 0;
  #peer: StreamPeer | undefined;
  #stream: OutgoingStream | undefined;
  /** On the other connection, from the first stall on; null where there is none. */
  #copy: OutgoingStream | null | undefined;
  #copies = new LateCopies();
  #sequence = 0;
  /** Counts of streams that have ended. */
  #past = { sent: 0, dropped: 0, copied: 0 };

  constructor(
    kind: AudioKind,
    devices: AudioDevices,
    clock: Pick<Clock, 'now'>,
    handlers: LocalAudioTrackHandlers,
  ) {
    this.#kind = kind;
    this.#device = new OpenDevice(names[kind]);
    this.#devices = devices;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  get counts(): LocalAudioCounts {
    const { sent, dropped } = this.#stream?.counts ?? NO_COUNTS;
    const { sent: copied } = this.#copy?.counts ?? NO_COUNTS;
    return {
      sent: this.#past.sent + sent,
      dropped: this.#past.dropped + dropped,
      copied: this.#past.copied + copied,
    };
  }

  get isOn(): boolean {
    return this.#device.current !== undefined;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** RMS of the newest unit, 0…1; 0 while muted or off. */
  get level(): number {
    return this.#level;
  }

  /**
   * Opens the source; closes a running one first, so that the device can be changed. It is muted
   * if `setMuted` said so.
   *
   * @throws RoomkeyError `RK_AUDIO_*`; `RK_CLOSED` if `start` or `stop` was called before it was open
   */
  async start(request: AudioInputRequest, signal: AbortSignal): Promise<void> {
    await this.#device.open(
      {
        open: (either) => this.#devices.openInput(request, { signal: either }),
        onOpen: (input) => {
          input.setMuted(this.#isMuted);
          this.#unitMs = request.unitMs ?? 20;
          this.#connectInput();
          void this.#read(input);
        },
        onStopped: () => this.#onStopped('stopped'),
      },
      signal,
    );
  }

  /** Closes the source, aborts one that is being opened, and ends the stream. Idempotent. */
  stop(): Promise<void> {
    return this.#device.close();
  }

  /**
   * Mutes the source, also one that is opened later. Of what was captured before, nothing is sent that
   * was not sent yet.
   */
  setMuted(muted: boolean): void {
    this.#isMuted = muted;
    this.#device.current?.setMuted(muted);
    if (!muted) return;
    for (const stream of [this.#stream, this.#copy]) {
      stream?.visitWaiting((unit) => {
        if (unit instanceof OutgoingSound) unit.mute();
      });
    }
  }

  /** Sets the peer that receives the sound; `undefined` if there is none. */
  connect(peer: StreamPeer | undefined): void {
    this.#forgetStreams();
    this.#peer = peer;
    this.#connectInput();
  }

  #connectInput(): void {
    if (this.#peer === undefined || !this.isOn || this.#stream !== undefined) return;
    this.#copies = new LateCopies();
    this.#stream = this.#peer.open(this.#optionsOf(this.#kind));
  }

  #optionsOf(kind: AudioStreamKind): StreamOptions {
    return {
      kind,
      intervalMs: this.#unitMs,
      // Nothing waits for it: a unit of sound is sent at once or not at all. A peer that refuses the
      // stream refuses all that is sent.
      handlers: { onReady: () => undefined, onRefused: () => undefined },
    };
  }

  async #read(input: AudioInput): Promise<void> {
    try {
      for await (const unit of input) {
        // A source may still yield units while it is being closed.
        if (this.#device.current !== input) return;
        this.#level = unit.level;
        this.#send(unit);
      }
    } catch (error) {
      if (this.#device.forget(input)) this.#onStopped('lost');
      this.#handlers.onLost(error);
      await input.close().catch((closing: unknown) => this.#handlers.onLost(closing));
    }
  }

  #send(unit: AudioUnit): void {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) % 2 ** 32;
    const stream = this.#stream;
    if (stream === undefined) return;
    const outgoing = new OutgoingSound(unit, sequence);
    stream.send(outgoing);
    // What a screen plays may be late: no one answers it.
    if (this.#kind !== 'microphone') return;
    for (const late of this.#copies.take(outgoing, stream, this.#clock.now())) {
      this.#copy ??= this.#peer?.openCopy(this.#optionsOf('copy')) ?? null;
      this.#copy?.send(late);
    }
  }

  #onStopped(reason: EndReason): void {
    this.#level = 0;
    this.#stream?.end(reason);
    this.#copy?.end(reason);
    this.#forgetStreams();
  }

  #forgetStreams(): void {
    this.#past = { ...this.counts };
    this.#stream = undefined;
    this.#copy = undefined;
  }
}
