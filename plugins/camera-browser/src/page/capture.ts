import type { CaptureRequest } from '@roomkey/core';
import { openStream, stopTracks } from './devices.js';
import { FrameGrabber } from './frame-grabber.js';
import { MediaStreamTrackProcessor } from './track-processor.js';
import type { CaptureWorkerOutput, SourceCommand, CaptureWorkerInput } from './worker-messages.js';

/** How long a device may take to its first picture, in ms. */
const FIRST_PICTURE_LIMIT = 5000;

/** What becomes of an open device. */
export interface CaptureEvents {
  /** A message with a picture, for Node. */
  onFrame(message: Uint8Array): void;
  /** Not called before `open` is fulfilled, nor after `close`. */
  onLost(reason: 'ended' | 'broken', message: string): void;
}

/** A device that is open, and the worker that encodes its pictures. */
export class Capture {
  readonly #request: CaptureRequest;
  readonly #events: CaptureEvents;
  readonly #worker: Worker;
  readonly #closing = new AbortController();
  #stream: MediaStream | undefined;
  #isOpen = false;
  #onFirstPicture: () => void = () => undefined;
  #onFailure: (error: Error) => void = () => undefined;

  constructor(source: number, request: CaptureRequest, events: CaptureEvents) {
    this.#request = request;
    this.#events = events;
    // It starts while the browser opens the device.
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<CaptureWorkerOutput>) => this.#receive(data);
    this.#worker.onerror = ({ message }) => this.#fail('broken', message);
    this.#postToWorker({ kind: 'start', source, request });
  }

  /** What it captures, from the first picture on. */
  get stream(): MediaStream | undefined {
    return this.#isOpen ? this.#stream : undefined;
  }

  /**
   * Waits for the first picture.
   *
   * @throws DOMException
   */
  async open(): Promise<MediaStream> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#onFirstPicture = resolve;
      this.#onFailure = reject;
    });
    // What fails while the browser asks is told when it has asked.
    ready.catch(() => undefined);
    const stream = await openStream(this.#request);
    const [track] = stream.getVideoTracks();
    if (this.#closing.signal.aborted || track === undefined) {
      stopTracks(stream);
      throw new DOMException('closed meanwhile', 'AbortError');
    }
    this.#stream = stream;
    // What cannot be read, such as an odd format, ends at once; nothing can be fed from it then.
    if (track.readyState === 'ended') throw noPicture('the track ended at once');
    track.addEventListener('ended', () => this.#fail('ended', 'the track ended'));
    this.#feed(track);
    const limit = setTimeout(
      () => this.#onFailure(noPicture('no picture came')),
      FIRST_PICTURE_LIMIT,
    );
    try {
      await ready;
    } finally {
      clearTimeout(limit);
    }
    this.#isOpen = true;
    return stream;
  }

  /** Passes on what Node wants of it. */
  command(message: SourceCommand): void {
    this.#postToWorker(message);
  }

  /** Gives the device back; can be called twice. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#isOpen = false;
    this.#worker.terminate();
    if (this.#stream !== undefined) stopTracks(this.#stream);
    this.#onFailure(new DOMException('closed meanwhile', 'AbortError'));
  }

  /** Has the track's pictures go to the worker, past this thread where the browser can. */
  #feed(track: MediaStreamTrack): void {
    if (MediaStreamTrackProcessor === undefined) {
      const grabber = new FrameGrabber(track, (image, capturedAt) =>
        this.#postToWorker({ kind: 'image', image, capturedAt }, [image]),
      );
      this.#closing.signal.addEventListener('abort', () => grabber.close());
      return;
    }
    // One picture at most waits in it, and a newer one takes its place.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    this.#postToWorker({ kind: 'track', readable }, [readable]);
  }

  #receive(message: CaptureWorkerOutput): void {
    if (message instanceof ArrayBuffer) this.#events.onFrame(new Uint8Array(message));
    else if (message.kind === 'picture') this.#onFirstPicture();
    else this.#fail('broken', message.message);
  }

  #fail(reason: 'ended' | 'broken', message: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#isOpen) this.#events.onLost(reason, message);
    // It was given to us, so that no other program has it.
    else if (reason === 'ended') this.#onFailure(noPicture(message));
    else this.#onFailure(new DOMException(message, 'EncodingError'));
  }

  #postToWorker(message: CaptureWorkerInput, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

function noPicture(message: string): DOMException {
  return new DOMException(message, 'NoPicture');
}
