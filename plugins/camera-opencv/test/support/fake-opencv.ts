import type { Mat, NativeCapture, OpenCv } from '../../src/capture/opencv.js';

/** A fake OpenCV: pictures have a size and a number, and unreleased ones are counted. */
export class FakeOpenCv implements OpenCv {
  readonly CAP_ANY = 0;
  readonly CAP_DSHOW = 700;
  readonly CAP_GSTREAMER = 1800;
  readonly CAP_PROP_FRAME_WIDTH = 3;
  readonly CAP_PROP_FRAME_HEIGHT = 4;
  readonly CAP_PROP_FPS = 5;
  readonly CAP_PROP_POS_FRAMES = 1;
  readonly CAP_PROP_FOURCC = 6;
  readonly CAP_PROP_POS_MSEC = 0;
  readonly IMWRITE_JPEG_QUALITY = 1;
  readonly INTER_AREA = 3;
  /** The opened sources and backends. */
  readonly opened: (readonly [source: string | number, backend: number])[] = [];
  readonly VideoCapture: OpenCv['VideoCapture'];
  /** Number of pictures in memory. */
  alive = 0;

  constructor(open: (backend: number) => NativeCapture) {
    const { opened } = this;
    this.VideoCapture = function (source: string | number, backend = 0) {
      opened.push([source, backend]);
      return open(backend);
    } as unknown as OpenCv['VideoCapture'];
  }

  imencodeAsync: OpenCv['imencodeAsync'] = (_extension, picture, _flags, done) => {
    setImmediate(() => done(null, Buffer.from([picture.cols])));
  };

  mat(rows: number, cols: number): Mat {
    this.alive++;
    let released = false;
    return {
      rows,
      cols,
      empty: rows === 0,
      resizeAsync: (newRows, newCols, _fx, _fy, _interpolation, done) => {
        setImmediate(() => done(null, this.mat(newRows, newCols)));
      },
      copy: () => this.mat(rows, cols),
      transpose: () => this.mat(cols, rows),
      flip: () => this.mat(rows, cols),
      release: () => {
        if (released) throw new Error('released twice');
        released = true;
        this.alive--;
      },
    };
  }
}

/**
 * A capture that delivers pictures of these heights; 0 is an empty one, as are all after the last.
 */
export class FakeCapture implements NativeCapture {
  readonly properties = new Map<number, number>();
  released = 0;
  reads = 0;
  readonly #openCv: () => FakeOpenCv;
  readonly #heights: readonly number[];
  readonly #canRewind: boolean;

  constructor(openCv: () => FakeOpenCv, heights: readonly number[], canRewind = true) {
    this.#openCv = openCv;
    this.#heights = heights;
    this.#canRewind = canRewind;
  }

  readAsync(done: (error: unknown, picture: Mat) => void): void {
    const height = this.#heights[this.reads++] ?? 0;
    setImmediate(() => done(null, this.#openCv().mat(height, height === 0 ? 0 : 32)));
  }

  get(property: number): number {
    return this.properties.get(property) ?? 0;
  }

  setAsync(property: number, value: number, done: (error: unknown, set: boolean) => void): void {
    this.properties.set(property, value);
    // Setting the position rewinds the file.
    if (property === 1 && this.#canRewind) this.reads = 0;
    setImmediate(() => done(null, true));
  }

  release(): void {
    this.released++;
  }
}
