import type { AudioDevices } from '../contracts/audio.js';
import { RoomkeyError } from '../errors/index.js';
import {
  audioOffer,
  canReceiveSound,
  isAudioStreamKind,
  type AudioKind,
} from '../media/audio-protocol.js';
import { LocalAudioTrack, type LocalAudioCounts } from '../media/local-audio-track.js';
import { RemoteAudioTrack, SoundAllowance } from '../media/remote-audio-track.js';
import { Speaker } from '../media/speaker.js';
import type { StreamAnswer, StreamPeer, StreamProtocol } from '../streams/stream-protocol.js';
import type { Clock } from '../util/clock.js';
import type { Emitter } from '../util/emitter.js';
import type { EndReason, ProtocolOffer, StreamOpen } from '../wire/control.js';
import type {
  CallAudioInput,
  CallEvents,
  CallMicrophone,
  CallSpeaker,
  ReceivedSound,
} from './call-types.js';
import type { CallNotice } from './notices.js';
import { OpenLimit } from './open-limit.js';

/** What `CallSound` needs. */
export interface CallSoundOptions {
  readonly audio: AudioDevices;
  readonly clock: Clock;
  readonly emitter: Pick<Emitter<CallEvents>, 'emit'>;
  /** The end of the call aborts a device that is being opened. */
  readonly signal: AbortSignal;
  /** A device of the user is gone. */
  readonly onLost: (
    device: Extract<
      CallNotice['topic'],
      'microphone' | 'screenAudio' | 'speaker' | 'screenSpeaker'
    >,
    error: unknown,
  ) => void;
}

/**
 * The sound of a call: the user's microphone, screen and loudspeaker, and the other participant's
 * microphone and screen.
 */
export class CallSound implements StreamProtocol {
  readonly offer: ProtocolOffer = audioOffer;
  readonly trafficClass = 'audio';
  readonly microphone: CallMicrophone;
  readonly screenAudio: CallAudioInput;
  readonly speaker: CallSpeaker;
  readonly #options: CallSoundOptions;
  readonly #local: Readonly<Record<AudioKind, LocalAudioTrack>>;
  readonly #output: Speaker;
  readonly #remote = new Map<AudioKind, RemoteAudioTrack>();
  readonly #received: Record<AudioKind, number> = { microphone: 0, screen: 0 };
  readonly #allowances: Readonly<Record<AudioKind, SoundAllowance>>;
  readonly #opens: Readonly<Record<AudioKind, OpenLimit>>;
  #hasCopy = false;
  /** The number of tracks of other participants so far. */
  #streams = 0;

  constructor(options: CallSoundOptions) {
    this.#options = options;
    const now = (): number => options.clock.now();
    this.#allowances = { microphone: new SoundAllowance(now), screen: new SoundAllowance(now) };
    this.#opens = { microphone: new OpenLimit(now), screen: new OpenLimit(now) };
    const { audio, clock, onLost, signal } = options;
    const microphone = new LocalAudioTrack('microphone', audio, clock, {
      onLost: (error) => onLost('microphone', error),
    });
    const screen = new LocalAudioTrack('screen', audio, clock, {
      onLost: (error) => onLost('screenAudio', error),
    });
    const output = new Speaker(audio, (kind, error) =>
      kind === 'screen' ? onLost('screenSpeaker', notPlayed(error)) : onLost('speaker', error),
    );
    this.#local = { microphone, screen };
    this.#output = output;
    this.microphone = {
      get isOn() {
        return microphone.isOn;
      },
      get isMuted() {
        return microphone.isMuted;
      },
      get level() {
        return microphone.level;
      },
      start: (request) => microphone.start(request, signal),
      stop: () => microphone.stop(),
      setMuted: (muted) => microphone.setMuted(muted),
    };
    this.screenAudio = {
      get isOn() {
        return screen.isOn;
      },
      start: (request) => screen.start(request, signal),
      stop: () => screen.stop(),
    };
    this.speaker = {
      get isOn() {
        return output.isOn;
      },
      get statistics() {
        return output.statistics;
      },
      start: (request) => output.start(request, signal),
      stop: () => output.stop(),
      setVolume: (volume) => output.setVolume(volume),
    };
  }

  /** Counts of the local tracks. */
  get sent(): Readonly<Record<'microphone' | 'screenAudio', LocalAudioCounts>> {
    const { microphone, screen } = this.#local;
    return { microphone: microphone.counts, screenAudio: screen.counts };
  }

  /** Counts of the remote tracks, also of those that have ended. */
  get received(): Readonly<Record<'microphone' | 'screenAudio', ReceivedSound>> {
    const { microphone, screen } = this.#received;
    return { microphone: { units: microphone }, screenAudio: { units: screen } };
  }

  connect(peer: StreamPeer | undefined): void {
    const isAble = peer !== undefined && canReceiveSound(peer.hello);
    for (const track of Object.values(this.#local)) track.connect(isAble ? peer : undefined);
  }

  onOpen({ kind }: StreamOpen, session: { readonly isOver: boolean }): StreamAnswer {
    if (!isAudioStreamKind(kind)) return { refuse: 'unknown-protocol' };
    return kind === 'copy' ? this.#onCopy() : this.#onTrack(kind, session);
  }

  /** Closes the devices. */
  async stop(): Promise<void> {
    const tracks = Object.values(this.#local).map((track) => track.stop());
    await Promise.all([...tracks, this.#output.stop()]);
  }

  #onTrack(kind: AudioKind, session: { readonly isOver: boolean }): StreamAnswer {
    if (this.#remote.has(kind) || !this.#opens[kind].admit()) return { refuse: 'too-many' };
    const { emitter } = this.#options;
    const stream = this.#streams++;
    const track = new RemoteAudioTrack(this.#allowances[kind], {
      onUnit: (unit) => {
        this.#received[kind] += 1;
        if (kind === 'microphone') emitter.emit('sound', unit);
        this.#output.play(kind, unit, stream);
      },
      onMuted: (isMuted) => {
        if (kind === 'microphone') emitter.emit('microphone', { isOn: true, isMuted });
      },
      onEnd: (reason) => {
        this.#remote.delete(kind);
        this.#onEnd(kind, reason, session.isOver);
      },
    });
    this.#remote.set(kind, track);
    if (kind === 'microphone') emitter.emit('microphone', { isOn: true, isMuted: false });
    else this.#onScreen();
    return {
      sink: (stream) => ({
        onUnit: (unit) => {
          track.take(unit);
          stream.consume();
        },
        onEnd: (reason) => track.end(reason),
      }),
    };
  }

  #onScreen(): void {
    this.#output.setScreen(true);
    this.#options.emitter.emit('screenAudio', { isOn: true });
  }

  #onEnd(kind: AudioKind, reason: EndReason, isOver: boolean): void {
    const { emitter } = this.#options;
    const end = { isOn: false, reason, ...(isOver && ({ sessionOver: true } as const)) } as const;
    if (kind === 'microphone') {
      emitter.emit('microphone', end);
      return;
    }
    this.#output.setScreen(false);
    emitter.emit('screenAudio', end);
  }

  #onCopy(): StreamAnswer {
    const track = this.#remote.get('microphone');
    // It came before the stream that it copies, or after its end.
    if (track === undefined) return { refuse: 'not-wanted' };
    if (this.#hasCopy) return { refuse: 'too-many' };
    this.#hasCopy = true;
    return {
      sink: (stream) => ({
        onUnit: (unit) => {
          // The next microphone may be on already: the connections keep no order between them.
          (this.#remote.get('microphone') ?? track).take(unit);
          stream.consume();
        },
        onEnd: () => (this.#hasCopy = false),
      }),
    };
  }
}

/** The loudspeaker of the voice works on: what its plugin says would read as if it did not. */
function notPlayed(cause: unknown): RoomkeyError {
  return new RoomkeyError(
    cause instanceof RoomkeyError ? cause.code : 'RK_AUDIO_FAILED',
    'The sound of the shared screen can’t be played here. Choose another loudspeaker.',
    { cause },
  );
}
