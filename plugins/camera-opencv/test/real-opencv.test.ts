import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Camera, CaptureRequest, PluginContext, VideoUnit } from '@roomkey/core';
import { cameraConformance } from '@roomkey/core/conformance';
import { describeWith } from '../../../test/support/optional.js';
import { FileTimes } from '../src/capture/file-times.js';
import { loadOpenCv, readPicture } from '../src/capture/opencv.js';
import plugin from '../src/index.js';

const [WIDTH, HEIGHT, FRAMES] = [640, 360, 12];
let folder: string;

/** Runs ffmpeg in the folder of the clips. */
function ffmpeg(...args: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { cwd: folder });
}

function create(): Camera | Promise<Camera> {
  const context = { folders: { base: folder } } as PluginContext;
  return plugin.create(context, {});
}

async function take(changes: Partial<CaptureRequest>, count: number): Promise<VideoUnit[]> {
  const source = await (
    await create()
  ).open({
    deviceId: 'file:clip.mp4',
    width: WIDTH,
    height: HEIGHT,
    fps: 120,
    quality: 80,
    ...changes,
  });
  const units: VideoUnit[] = [];
  try {
    for await (const unit of source) {
      if (units.push(unit) === count) break;
    }
  } finally {
    await source.close();
  }
  return units;
}

describeWith('opencv', 'OpenCV', () => {
  describeWith('ffmpeg', 'with a video', () => {
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'roomkey-opencv-'));
      const source = `testsrc2=size=${WIDTH}x${HEIGHT}:rate=25`;
      ffmpeg('-f', 'lavfi', '-i', source, '-frames:v', String(FRAMES), '-crf', '12', 'clip.mp4');
      ffmpeg('-i', 'clip.mp4', '-f', 'rawvideo', '-pix_fmt', 'gray', 'clip.gray');
      writeFileSync(join(folder, 'letter.mp4'), 'Dear camera');
      symlinkSync('clip.mp4', join(folder, 'two words.mp4'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    cameraConformance(
      { describe, test },
      { create, deviceId: 'file:clip.mp4', unknownDeviceId: 'file:missing.mp4' },
    );

    test('shows the pictures of the file, in order and in a loop', async () => {
      const raw = readFileSync(join(folder, 'clip.gray'));
      const size = WIDTH * HEIGHT;
      expect(raw.length).toBe(FRAMES * size);
      const units = await take({}, FRAMES + 3);
      let expected: number | undefined;
      for (const { data } of units) {
        const shown = await decode(data);
        const found = Array.from({ length: FRAMES }, (_, index) =>
          psnr(shown, raw.subarray(index * size, (index + 1) * size)),
        );
        const best = found.indexOf(Math.max(...found));
        expect(found[best]).toBeGreaterThan(30);
        // A busy computer may drop a picture, but none repeats or is late.
        if (expected !== undefined)
          expect((best - expected + FRAMES) % FRAMES).toBeLessThan(FRAMES / 2);
        expected = (best + 1) % FRAMES;
      }
    });

    test('scales larger pictures down, keeping their aspect ratio, and none up', async () => {
      const [smaller] = await take({ width: 320, height: 320 }, 1);
      expect(smaller).toMatchObject({ width: 320, height: 180 });
      const [same] = await take({ width: 1280, height: 720 }, 1);
      expect(same).toMatchObject({ width: WIDTH, height: HEIGHT });
    });

    test('opens a file whose name contains a space', async () => {
      expect(await take({ deviceId: 'file:two words.mp4' }, 1)).toHaveLength(1);
    });

    test('loops a recording that cannot be rewound', async () => {
      ffmpeg('-i', 'clip.mp4', '-c:v', 'mjpeg', '-f', 'mjpeg', 'recording.mjpeg');
      const units = await take({ deviceId: 'file:recording.mjpeg' }, FRAMES * 2 + 3);
      expect(units).toHaveLength(FRAMES * 2 + 3);
      const again = await shownAs(units[FRAMES]!.data, units.slice(0, FRAMES));
      expect(again).toBe(0);
    });

    test.each(['png', 'jpg'])('shows a picture (%s) while it is open', async (type) => {
      ffmpeg('-i', 'clip.mp4', '-frames:v', '1', `still.${type}`);
      const units = await take({ deviceId: `file:still.${type}` }, 8);
      for (const { data, width, height } of units) {
        expect([width, height]).toEqual([WIDTH, HEIGHT]);
        expect(psnr(await decode(data), await decode(units[0]!.data))).toBeGreaterThan(30);
      }
    });

    // As `matrix` in ISO/IEC 14496-12, 8.3.2; the reference is the output of ffmpeg's filters.
    test.each([
      ['to the right', [0, 1, -1, 0], 'transpose=clock'],
      ['upside down', [-1, 0, 0, -1], 'hflip,vflip'],
      ['to the left', [0, -1, 1, 0], 'transpose=cclock'],
      ['mirrored', [-1, 0, 0, 1], 'hflip'],
      ['to the right and mirrored', [0, 1, 1, 0], 'transpose=cclock_flip'],
    ])('shows a video upright that is to be turned %s', async (_name, matrix, filter) => {
      writeFileSync(join(folder, 'turned.mp4'), withMatrix('clip.mp4', matrix));
      ffmpeg('-i', 'clip.mp4', '-vf', filter, '-frames:v', '1', '-q:v', '2', 'upright.jpg');
      const [unit] = await take({ deviceId: 'file:turned.mp4', width: 640, height: 640 }, 1);
      const size = matrix[0] === 0 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
      expect([unit!.width, unit!.height]).toEqual(size);
      const expected = await decode(readFileSync(join(folder, 'upright.jpg')));
      expect(psnr(await decode(unit!.data), expected)).toBeGreaterThan(30);
    });

    test('plays a video with a variable rate at its own times', async () => {
      const times = "setpts='if(lt(N,4),N*0.5,2+(N-4)*0.05)/TB'";
      const filter = `testsrc2=size=64x48:rate=10,settb=1/1000,${times}`;
      const rate = ['-frames:v', '8', '-fps_mode', 'vfr', '-enc_time_base', '1:1000', '-bf', '0'];
      ffmpeg('-f', 'lavfi', '-i', filter, ...rate, 'vfr.mp4');
      const openCv = loadOpenCv();
      const capture = new openCv.VideoCapture(join(folder, 'vfr.mp4'));
      const fileTimes = new FileTimes(openCv, capture);
      const read: number[] = [];
      for (;;) {
        const picture = await readPicture(capture);
        const isEnd = picture.empty;
        picture.release();
        if (isEnd) break;
        read.push(Math.round(fileTimes.read(capture)));
      }
      capture.release();
      expect(read).toEqual([0, 500, 1000, 1500, 2000, 2050, 2100, 2150]);
    });

    test('rejects a file that is not a video', async () => {
      await expect(take({ deviceId: 'file:letter.mp4' }, 1)).rejects.toMatchObject({
        code: 'RK_CAMERA_FAILED',
        message: expect.stringContaining('letter.mp4 is not a video') as string,
      });
    });

    test('opens the device that the configuration names', async () => {
      const context = { folders: { base: folder } } as PluginContext;
      const camera = await plugin.create(context, { device: 'file:clip.mp4' });
      const source = await camera.open({ width: 320, height: 240, fps: 30, quality: 80 });
      await source.close();
    });

    test('two cameras run side by side', async () => {
      const [one, two] = await Promise.all([take({}, 5), take({ width: 320 }, 5)]);
      expect(one.map(({ width }) => width)).toEqual([640, 640, 640, 640, 640]);
      expect(two.map(({ width }) => width)).toEqual([320, 320, 320, 320, 320]);
    });

    test('prints nothing for any input', () => {
      // In its own process, since OpenCV writes to standard error without Node.
      const script = `
        const { default: plugin } = await import('@roomkey/camera-opencv');
        const camera = await plugin.create({ folders: { base: ${JSON.stringify(folder)} } }, {});
        const request = { width: 320, height: 240, fps: 30, quality: 80 };
        for (const deviceId of ['file:letter.mp4', 'file:none', '987', 'pipeline:nothing ! appsink']) {
          await camera.open({ ...request, deviceId }).then(() => process.exit(3), () => undefined);
        }`;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '--eval', script],
        { cwd: new URL('..', import.meta.url), encoding: 'utf8' },
      );
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    });
  });
});

/** The index of the unit that shows this picture. */
async function shownAs(data: Uint8Array, units: readonly VideoUnit[]): Promise<number> {
  const shown = await decode(data);
  const pictures = await Promise.all(units.map((unit) => decode(unit.data)));
  const found = pictures.map((picture) => psnr(shown, picture));
  return found.indexOf(Math.max(...found));
}

/** A clip with a rotation in its track header: a, b, c and d of the matrix. */
function withMatrix(clip: string, matrix: readonly number[]): Buffer {
  const bytes = readFileSync(join(folder, clip));
  const start = bytes.indexOf('tkhd') + 4 + 40;
  matrix.forEach((value, index) => {
    bytes.writeInt32BE(value * 0x10000, start + [0, 4, 12, 16][index]!);
  });
  return bytes;
}

/** The brightness of each pixel: Y of ITU-R BT.601, as in JPEG pictures. */
async function decode(jpeg: Uint8Array): Promise<Buffer> {
  const rgb = await sharp(jpeg).raw().toBuffer();
  const brightness = Buffer.alloc(rgb.length / 3);
  for (let pixel = 0; pixel < brightness.length; pixel++) {
    const [red, green, blue] = [rgb[pixel * 3]!, rgb[pixel * 3 + 1]!, rgb[pixel * 3 + 2]!];
    brightness[pixel] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return brightness;
}

/** Peak signal-to-noise ratio of two 8-bit pictures, in dB. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - b[index]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.length));
}
