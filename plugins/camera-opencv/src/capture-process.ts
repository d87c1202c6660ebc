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
  type VideoSource,
  type VideoUnit,
} from '@roomkey/core';
import { quietOpenCv, readByOpenCv } from './capture-environment.js';
import { clockOffset } from './capture/clock-offset.js';
import type { FromCapture, ToCapture } from './capture/messages.js';
import { addonPath, NOT_BUILT } from './capture/opencv.js';
import type { Source } from './device-name.js';

/** Time limit for releasing the source before the process is killed, ms. */
const CLOSE_LIMIT_MS = 500;

/**
 * A separate process for OpenCV: its calls can block for half a minute, and a crash of its
 * libraries ends only that process. It ends with this process, however this one ends.
 */
export class CaptureProcess implements VideoSource {
  readonly #child: ChildProcess;
  readonly #units = new LatestValue<VideoUnit>();
  readonly #ready = deferred<undefined>();
  readonly #opened = deferred<undefined>();
  readonly #exited = deferred<undefined>();
  #isOpen = false;
  /** Offset from the process's clock to this one's, ms. */
  #clockShift = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child
      .on('message', (message: FromCapture) => this.#receive(message))
      .on('error', (cause) =>
        this.#fail(
          new RoomkeyError(
            'RK_CAMERA_FAILED',
            `The OpenCV process does not start: ${systemReason(cause)}. Start the camera again.`,
            { cause },
          ),
        ),
      )
      .on('exit', () => {
        this.#fail(this.#crashed());
        this.#exited.resolve(undefined);
      });
    // The pipe exists for its end only; errors are expected.
    child.stdin?.on('error', () => undefined);
  }

  /**
   * Starts a process and loads OpenCV in it.
   *
   * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` if OpenCV is not built, or does not fit this
   * system
   */
  static async start(signal?: AbortSignal): Promise<CaptureProcess> {
    signal?.throwIfAborted();
    if (!isBuilt()) throw new RoomkeyError('RK_PLUGIN_UNAVAILABLE', NOT_BUILT);
    // The compiled program: Node runs no TypeScript.
    const program = createRequire(import.meta.url).resolve('@roomkey/camera-opencv/capture');
    const capture = new CaptureProcess(
      fork(program, {
        env: childEnvironment(quietOpenCv(process.env), process.env, readByOpenCv),
        // Transfers bytes unchanged; JSON cannot.
        serialization: 'advanced',
        execArgv: [],
        // The output of FFmpeg and GStreamer can contain addresses with passwords.
        stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      }),
    );
    await capture.#settle(capture.#ready.promise, signal);
    return capture;
  }

  /**
   * Opens a source; call it once.
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
    this.#units.end();
    this.#send({ type: 'close' });
    const limit = setTimeout(() => this.#end(), CLOSE_LIMIT_MS);
    await this.#exited.promise;
    clearTimeout(limit);
  }

  [Symbol.asyncIterator](): AsyncIterator<VideoUnit> {
    return this.#units[Symbol.asyncIterator]();
  }

  /** Waits for the process; kills it on a failure or an abort. */
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
      case 'unit': {
        const { unit } = message;
        this.#units.put({ ...unit, capturedAt: unit.capturedAt + this.#clockShift });
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

  /** Only the first failure has an effect. */
  #fail(error: Error): void {
    this.#ready.reject(error);
    this.#opened.reject(error);
    this.#units.end(error);
  }

  #crashed(): RoomkeyError {
    return new RoomkeyError(
      this.#isOpen ? 'RK_CAMERA_LOST' : 'RK_CAMERA_FAILED',
      'OpenCV crashed. Start the camera again, or choose a different one.',
    );
  }

  #send(message: ToCapture): void {
    // Fails if the process has ended, which its event `exit` reports.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Kills the process without waiting for OpenCV. */
  #end(): void {
    if (!this.#child.kill('SIGKILL') && this.#child.pid === undefined)
      this.#exited.resolve(undefined);
  }
}

function isBuilt(): boolean {
  try {
    return existsSync(addonPath());
  } catch {
    // Roomkey was installed without optional packages.
    return false;
  }
}
