import type { AudioDevices } from '../contracts/audio.js';
import { audioOffer, canReceiveSound, isAudioStreamKind } from '../media/audio-protocol.js';
import { LocalAudioTrack } from '../media/local-audio-track.js';
import { RemoteAudioTrack, SoundAllowance } from '../media/remote-audio-track.js';
import { Speaker } from '../media/speaker.js';
import type { StreamAnswer, StreamPeer, StreamProtocol } from '../streams/stream-protocol.js';
import type { Clock } from '../util/clock.js';
import type { Emitter } from '../util/emitter.js';
import type { ProtocolOffer, StreamOpen } from '../wire/control.js';
import type { CallEvents, CallMicrophone, CallSpeaker, CallStatistics } from './call-types.js';
import { OpenLimit } from './open-limit.js';

/** What `CallSound` needs. */
export interface CallSoundOptions {
  readonly audio: AudioDevices;
  readonly clock: Clock;
  readonly emitter: Pick<Emitter<CallEvents>, 'emit'>;
  /** The end of the call aborts a device that is being opened. */
  readonly signal: AbortSignal;
  /** The user's microphone or loudspeaker is gone. */
  readonly onLost: (device: 'microphone' | 'speaker', error: unknown) => void;
}

/** The sound of a call: the user's microphone and loudspeaker, and the other participant's microphone. */
export class CallSound implements StreamProtocol {
  readonly offer: ProtocolOffer = audioOffer;
  readonly trafficClass = 'audio';
  readonly microphone: CallMicrophone;
  readonly speaker: CallSpeaker;
  readonly #options: CallSoundOptions;
  readonly #local: LocalAudioTrack;
  readonly #output: Speaker;
  readonly #allowance: SoundAllowance;
  readonly #opens: OpenLimit;
  #remote: RemoteAudioTrack | undefined;
  #hasCopy = false;
  /** The number of microphones of other participants so far. */
  #streams = 0;
  #received = 0;

  constructor(options: CallSoundOptions) {
    this.#options = options;
    const now = (): number => options.clock.now();
    this.#allowance = new SoundAllowance(now);
    this.#opens = new OpenLimit(now);
    const { audio, clock, onLost, signal } = options;
    const local = new LocalAudioTrack(audio, clock, {
      onLost: (error) => onLost('microphone', error),
    });
    const output = new Speaker(audio, (error) => onLost('speaker', error));
    this.#local = local;
    this.#output = output;
    this.microphone = {
      get isOn() {
        return local.isOn;
      },
      get isMuted() {
        return local.isMuted;
      },
      get level() {
        return local.level;
      },
      start: (request) => local.start(request, signal),
      stop: () => local.stop(),
      setMuted: (muted) => local.setMuted(muted),
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

  /** The other participant's microphone, while it is on. */
  get remote(): RemoteAudioTrack | undefined {
    return this.#remote;
  }

  get sent(): CallStatistics['sent']['microphone'] {
    return this.#local.counts;
  }

  /** Units that came, without copies. */
  get received(): number {
    return this.#received;
  }

  connect(peer: StreamPeer | undefined): void {
    const isAble = peer !== undefined && canReceiveSound(peer.hello);
    this.#local.connect(isAble ? peer : undefined);
  }

  onOpen({ kind }: StreamOpen, session: { readonly isOver: boolean }): StreamAnswer {
    if (!isAudioStreamKind(kind)) return { refuse: 'unknown-protocol' };
    return kind === 'microphone' ? this.#onMicrophone(session) : this.#onCopy();
  }

  /** Closes the devices. */
  async stop(): Promise<void> {
    await Promise.all([this.#local.stop(), this.#output.stop()]);
  }

  #onMicrophone(session: { readonly isOver: boolean }): StreamAnswer {
    if (this.#remote !== undefined || !this.#opens.admit()) return { refuse: 'too-many' };
    const { emitter } = this.#options;
    const stream = this.#streams++;
    const track = new RemoteAudioTrack(this.#allowance, {
      onUnit: (unit) => {
        this.#received += 1;
        emitter.emit('sound', unit);
        this.#output.play(unit, stream);
      },
      onMuted: (isMuted) => emitter.emit('microphone', { isOn: true, isMuted }),
      onEnd: (reason) => {
        this.#remote = undefined;
        const sessionOver = session.isOver && ({ sessionOver: true } as const);
        emitter.emit('microphone', { isOn: false, reason, ...sessionOver });
      },
    });
    this.#remote = track;
    emitter.emit('microphone', { isOn: true, isMuted: false });
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

  #onCopy(): StreamAnswer {
    const track = this.#remote;
    // It came before the stream that it copies, or after its end.
    if (track === undefined) return { refuse: 'not-wanted' };
    if (this.#hasCopy) return { refuse: 'too-many' };
    this.#hasCopy = true;
    return {
      sink: (stream) => ({
        onUnit: (unit) => {
          // The next microphone may be on already: the connections keep no order between them.
          (this.#remote ?? track).take(unit);
          stream.consume();
        },
        onEnd: () => (this.#hasCopy = false),
      }),
    };
  }
}
