import {
  LocalVideoTrack,
  type LocalVideoCounts,
  type VideoPeer,
} from '../media/local-video-track.js';
import { RemoteVideoTrack } from '../media/remote-video-track.js';
import { receivableCodecs, videoOffer } from '../media/video-protocol.js';
import type { StreamAnswer, StreamPeer, StreamProtocol } from '../streams/stream-protocol.js';
import type { Emitter } from '../util/emitter.js';
import { type EndReason, type ProtocolOffer, type StreamOpen } from '../wire/control.js';
import { isVideoKind, type VideoKind } from '../wire/video-kind.js';
import type { NumberedVideoUnit } from '../wire/index.js';
import type { CallDependencies, CallEvents, CallTrack, ReceivedCounts } from './call-types.js';
import { OpenLimit } from './open-limit.js';

/** What `CallTracks` needs. */
export interface CallTracksOptions extends Pick<CallDependencies, 'camera' | 'codecs' | 'clock'> {
  readonly emitter: Pick<Emitter<CallEvents>, 'emit'>;
  /** The end of the call aborts a camera that is being opened. */
  readonly signal: AbortSignal;
  /** The user's camera or screen is gone. */
  readonly onLost: (kind: VideoKind, error: unknown) => void;
}

/** The tracks of a call: the user's camera and screen, and those of the other participants. */
export class CallTracks implements StreamProtocol {
  readonly offer: ProtocolOffer;
  readonly trafficClass = 'video';
  readonly camera: CallTrack;
  readonly screen: CallTrack;
  readonly #options: CallTracksOptions;
  readonly #local: Readonly<Record<VideoKind, LocalVideoTrack>>;
  readonly #remote = new Map<VideoKind, RemoteVideoTrack>();
  readonly #opens: Readonly<Record<VideoKind, OpenLimit>>;
  readonly #received = { camera: { units: 0, bytes: 0 }, screen: { units: 0, bytes: 0 } };

  constructor(options: CallTracksOptions) {
    this.#options = options;
    this.offer = videoOffer(options.codecs);
    const now = () => options.clock.now();
    this.#opens = { camera: new OpenLimit(now), screen: new OpenLimit(now) };
    this.#local = { camera: this.#createLocal('camera'), screen: this.#createLocal('screen') };
    this.camera = this.#controlsOf(this.#local.camera);
    this.screen = this.#controlsOf(this.#local.screen);
  }

  /** The tracks of the other participants that are on now. */
  get remote(): ReadonlyMap<VideoKind, RemoteVideoTrack> {
    return this.#remote;
  }

  /** Counts of the local tracks. */
  get sent(): Readonly<Record<VideoKind, LocalVideoCounts>> {
    return { camera: this.#local.camera.counts, screen: this.#local.screen.counts };
  }

  /** Counts of the remote tracks, also of those that have ended. */
  get received(): Readonly<Record<VideoKind, ReceivedCounts>> {
    return { camera: { ...this.#received.camera }, screen: { ...this.#received.screen } };
  }

  /** Sends the local tracks to a peer, or to none. */
  connect(peer: StreamPeer | undefined): void {
    const video = peer && videoPeer(peer);
    for (const track of Object.values(this.#local)) track.connect(video);
  }

  onOpen({ kind }: StreamOpen, session: { readonly isOver: boolean }): StreamAnswer {
    if (!isVideoKind(kind)) return { refuse: 'unknown-protocol' };
    if (this.#remote.has(kind) || !this.#opens[kind].admit()) return { refuse: 'too-many' };
    const { codecs, emitter } = this.#options;
    return {
      sink: (stream) => {
        const handlers = {
          onUnit: ({ data }: NumberedVideoUnit) => {
            this.#received[kind].units += 1;
            this.#received[kind].bytes += data.length;
          },
          onEnd: (reason: EndReason) => {
            this.#remote.delete(kind);
            const sessionOver = session.isOver && ({ sessionOver: true } as const);
            emitter.emit('trackEnd', { kind, reason, ...sessionOver });
          },
        };
        const track = new RemoteVideoTrack({ kind, stream, codecs, handlers });
        this.#remote.set(kind, track);
        emitter.emit('track', track);
        return track;
      },
    };
  }

  #createLocal(kind: VideoKind): LocalVideoTrack {
    const { camera, emitter, onLost } = this.#options;
    return new LocalVideoTrack(kind, camera, {
      onPreview: (unit) => emitter.emit('preview', { kind, unit }),
      onSent: (unit) => emitter.emit('sent', { kind, unit }),
      onLost: (error) => onLost(kind, error),
    });
  }

  #controlsOf(track: LocalVideoTrack): CallTrack {
    return {
      start: (request) => track.start(request, this.#options.signal),
      stop: () => track.stop(),
      setQuality: (quality) => track.setQuality(quality),
    };
  }
}

function videoPeer(peer: StreamPeer): VideoPeer | undefined {
  const codecs = receivableCodecs(peer.hello);
  return (
    codecs && {
      codecs,
      openVideo: (kind, intervalMs, handlers) => peer.open({ kind, intervalMs, handlers }),
    }
  );
}
