import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  systemReason,
  checkQuality,
  childEnvironment,
  deferred,
  LatestValue,
  RoomkeyError,
  settleOrAbort,
  type CaptureRequest,
  type FrameSource,
  type VideoFrame,
} from '@roomkey/core';
import { quietOpenCv, readByOpenCv } from './capture-environment.js';
import { clockOffset } from './capture/clock-offset.js';
import type { FromCapture, ToCapture } from './capture/messages.js';
import { addonPath, NOT_BUILT } from './capture/opencv.js';
import type { Source } from './device-name.js';

/** How long a process may take to give its source back before it is ended, ms. */
const CLOSE_LIMIT_MS = 500;

/**
 * A process of its own in which OpenCV captures: its calls can block for half a minute, and a crash
 * of its libraries ends that process only. It ends with this one, however this one ends.
 */
export class CaptureProcess implements FrameSource {
  readonly #child: ChildProcess;
  readonly #frames = new LatestValue<VideoFrame>();
  readonly #ready = deferred<undefined>();
  readonly #opened = deferred<undefined>();
  readonly #exited = deferred<undefined>();
  #isOpen = false;
  /** What is added to the times of the process to have those of this one, ms. */
  #clockShift = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child
      .on('message', (message: FromCapture) => this.#receive(message))
      .on('error', (cause) =>
        this.#fail(
          new RoomkeyError(
            'RK_CAMERA_FAILED',
            `The process for OpenCV does not start: ${systemReason(cause)}. Start the camera again.`,
            { cause },
          ),
        ),
      )
      .on('exit', () => {
        this.#fail(this.#crashed());
        this.#exited.resolve(undefined);
      });
    // It is ended together with this process: writing to it may fail.
    child.stdin?.on('error', () => undefined);
  }

  /**
   * Starts a process and loads OpenCV in it.
   *
   * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` where OpenCV is not built, or does not fit this system
   */
  static async start(signal?: AbortSignal): Promise<CaptureProcess> {
    signal?.throwIfAborted();
    if (!isBuilt()) throw new RoomkeyError('RK_PLUGIN_UNAVAILABLE', NOT_BUILT);
    // The compiled one: Node runs no TypeScript.
    const program = createRequire(import.meta.url).resolve('@roomkey/camera-opencv/capture');
    const capture = new CaptureProcess(
      fork(program, {
        env: childEnvironment(quietOpenCv(process.env), process.env, readByOpenCv),
        // Copies bytes as they are; JSON has none.
        serialization: 'advanced',
        execArgv: [],
        // What FFmpeg and GStreamer print can hold addresses with passwords.
        stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      }),
    );
    await capture.#settle(capture.#ready.promise, signal);
    return capture;
  }

  /**
   * Opens a source; once.
   *
   * @throws RoomkeyError `RK_CAMERA_NOT_FOUND`, `RK_CAMERA_BUSY`, `RK_CAMERA_FAILED`
   */
  async open(source: Source, request: CaptureRequest, signal?: AbortSignal): Promise<void> {
    this.#send({ type: 'open', source, request });
    await this.#settle(this.#opened.promise, signal);
    this.#isOpen = true;
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.#send({ type: 'quality', quality });
  }

  async close(): Promise<void> {
    this.#frames.end();
    this.#send({ type: 'close' });
    const limit = setTimeout(() => this.#end(), CLOSE_LIMIT_MS);
    await this.#exited.promise;
    clearTimeout(limit);
  }

  [Symbol.asyncIterator](): AsyncIterator<VideoFrame> {
    return this.#frames[Symbol.asyncIterator]();
  }

  /** Waits for the process; where it fails or is not waited for any more, it ends. */
  async #settle(promise: Promise<undefined>, signal: AbortSignal | undefined): Promise<void> {
    try {
      await (signal === undefined ? promise : settleOrAbort(promise, signal));
    } catch (error) {
      this.#end();
      await this.#exited.promise;
      throw error;
    }
  }

  #receive(message: FromCapture): void {
    switch (message.type) {
      case 'ready':
        this.#clockShift = clockOffset() - message.clockOffset;
        this.#ready.resolve(undefined);
        break;
      case 'opened':
        this.#opened.resolve(undefined);
        break;
      case 'frame': {
        const { frame } = message;
        this.#frames.put({ ...frame, capturedAt: frame.capturedAt + this.#clockShift });
        this.#send({ type: 'credit' });
        break;
      }
      case 'failed':
        this.#fail(
          new RoomkeyError(
            message.code,
            message.message,
            message.details === undefined ? {} : { cause: new Error(message.details) },
          ),
        );
    }
  }

  /** The first failure counts. */
  #fail(error: Error): void {
    this.#ready.reject(error);
    this.#opened.reject(error);
    this.#frames.end(error);
  }

  #crashed(): RoomkeyError {
    return new RoomkeyError(
      this.#isOpen ? 'RK_CAMERA_LOST' : 'RK_CAMERA_FAILED',
      'OpenCV crashed. Start the camera again; if that does not help, choose another camera.',
    );
  }

  #send(message: ToCapture): void {
    // Fails where the process has ended, which its event `exit` tells.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Without waiting for what OpenCV does. */
  #end(): void {
    if (!this.#child.kill('SIGKILL') && this.#child.pid === undefined)
      this.#exited.resolve(undefined);
  }
}

function isBuilt(): boolean {
  try {
    return existsSync(addonPath());
  } catch {
    // Optional packages were left out when Roomkey was installed.
    return false;
  }
}
