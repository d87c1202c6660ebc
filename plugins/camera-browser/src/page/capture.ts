import type { CaptureRequest } from '@roomkey/core';
import type { VideoKind } from '@roomkey/core/wire';
import { SCREEN, type SourceCommand } from '../messages.js';
import { openStream, stopTracks } from './devices.js';
import { FrameGrabber } from './frame-grabber.js';
import { MediaStreamTrackProcessor } from './track-processor.js';
import type { CaptureWorkerInput, CaptureWorkerOutput } from './worker-messages.js';

/** Limit for a device's first image, ms. */
const FIRST_PICTURE_LIMIT = 5000;
/** Time after which a still screen's image is requested again, ms. */
const IMAGE_REQUEST_INTERVAL = 500;

/** Events of an open device. */
export interface CaptureEvents {
  /** A binary message with a unit, for Node. */
  onUnit(message: Uint8Array): void;
  /** Not called before `open` is fulfilled, nor after `close`. */
  onLost(reason: 'ended' | 'broken', message: string): void;
}

/** An open device and the worker that encodes its images. */
export class Capture {
  readonly kind: VideoKind;
  readonly #request: CaptureRequest;
  readonly #events: CaptureEvents;
  readonly #worker: Worker;
  readonly #closing = new AbortController();
  #stream: MediaStream | undefined;
  #isOpen = false;
  #onFirstPicture: () => void = () => undefined;
  #onFailure: (error: Error) => void = () => undefined;

  constructor(source: number, request: CaptureRequest, events: CaptureEvents) {
    this.kind = request.deviceId === SCREEN ? 'screen' : 'camera';
    this.#request = request;
    this.#events = events;
    // It starts while the browser opens the device.
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<CaptureWorkerOutput>) => this.#receive(data);
    this.#worker.onerror = ({ message }) => this.#fail('broken', message);
    this.#postToWorker({ kind: 'start', source, request });
  }

  /** The captured stream, from the first image on. */
  get stream(): MediaStream | undefined {
    return this.#isOpen ? this.#stream : undefined;
  }

  /**
   * Opens the device and waits for the first image.
   *
   * @throws DOMException
   */
  async open(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#onFirstPicture = resolve;
      this.#onFailure = reject;
    });
    // A failure while the browser asks the user is reported afterwards.
    ready.catch(() => undefined);
    const stream = await openStream(this.#request);
    const [track] = stream.getVideoTracks();
    if (this.#closing.signal.aborted || track === undefined) {
      stopTracks(stream);
      throw new DOMException('closed meanwhile', 'AbortError');
    }
    this.#stream = stream;
    // Unreadable formats end the track at once; it cannot be read then.
    if (track.readyState === 'ended') throw noPicture('the track ended at once');
    track.addEventListener('ended', () => this.#fail('ended', 'the track ended'));
    this.#feed(track);
    const limit = setTimeout(
      () => this.#onFailure(noPicture('no picture came')),
      FIRST_PICTURE_LIMIT,
    );
    const endRequests = requestImages(stream);
    try {
      await ready;
    } finally {
      clearTimeout(limit);
      endRequests();
    }
    this.#isOpen = true;
  }

  /** Passes on a message of Node to the device. */
  command(message: SourceCommand): void {
    this.#postToWorker(message);
  }

  /** Releases the device. Idempotent. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#isOpen = false;
    this.#worker.terminate();
    if (this.#stream !== undefined) stopTracks(this.#stream);
    this.#onFailure(new DOMException('closed meanwhile', 'AbortError'));
  }

  /** Sends the track's images to the worker, bypassing this thread if the browser can. */
  #feed(track: MediaStreamTrack): void {
    if (MediaStreamTrackProcessor === undefined) {
      const grabber = new FrameGrabber(track, (image, capturedAt) =>
        this.#postToWorker({ kind: 'image', image, capturedAt }, [image]),
      );
      this.#closing.signal.addEventListener('abort', () => grabber.close());
      return;
    }
    // Buffers one image; a newer one replaces it.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    this.#postToWorker({ kind: 'track', readable }, [readable]);
  }

  #receive(message: CaptureWorkerOutput): void {
    if (message instanceof ArrayBuffer) this.#events.onUnit(new Uint8Array(message));
    else if (message.kind === 'picture') this.#onFirstPicture();
    else this.#fail('broken', message.message);
  }

  #fail(reason: 'ended' | 'broken', message: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#isOpen) this.#events.onLost(reason, message);
    // The device was granted, so no other program holds it.
    else if (reason === 'ended') this.#onFailure(noPicture(message));
    else this.#onFailure(new DOMException(message, 'EncodingError'));
  }

  #postToWorker(message: CaptureWorkerInput, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/**
 * Requests the image of a still screen until that is ended. It is sent once and can be lost before the
 * worker reads; Chromium sends it again when a video element starts to play the stream.
 */
function requestImages(stream: MediaStream): () => void {
  const video = document.createElement('video');
  video.muted = true;
  const timer = setInterval(() => {
    // A new stream each time, so that playing starts again.
    video.srcObject = new MediaStream(stream.getVideoTracks());
    // If the track ends first, that is reported elsewhere.
    void video.play().catch(() => undefined);
  }, IMAGE_REQUEST_INTERVAL);
  return () => {
    clearInterval(timer);
    video.srcObject = null;
  };
}

function noPicture(message: string): DOMException {
  return new DOMException(message, 'NoPicture');
}
