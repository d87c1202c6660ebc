// H.264 and JPEG of the same pictures, with the settings of camera-browser.
import { DeltaEncoder } from '../../plugins/camera-browser/src/page/delta-encoder.js';
import { JpegEncoder } from '../../plugins/camera-browser/src/page/jpeg-encoder.js';
import { PICTURE_OFFSET } from '../../plugins/camera-browser/src/page/unit-message.js';
import type { ClipCodec, EncodedClip } from './bench-page.js';
import { HEIGHT, paintClip, WIDTH } from './clip.js';

type Decode = (
  data: Uint8Array<ArrayBuffer>,
  isKey: boolean,
  number: number,
) => Promise<VideoFrame | ImageBitmap>;

const FPS = 30;

/** Bytes and PSNR-Y (dB, of the mean error) of the clip with a codec and quality. */
export async function encodeClip(
  codec: ClipCodec,
  quality: number,
  frames: number,
): Promise<EncodedClip> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true })!;
  const encoder = codec === 'jpeg' ? new JpegEncoder() : new DeltaEncoder(codec, FPS);
  const decode = codec === 'jpeg' ? decodeJpeg : h264Decoder();
  let bytes = 0;
  let error = 0;
  for (let number = 0; number < frames; number += 1) {
    paintClip(context, number);
    const source = luma(context);
    const capturedAt = 1 + (number * 1000) / FPS;
    const image = new VideoFrame(canvas, { timestamp: capturedAt * 1000 });
    const options = { quality, into: { width: WIDTH, height: HEIGHT }, key: number === 0 };
    const encoded = await encoder.encode({ image, capturedAt }, options);
    image.close();
    if (encoded === undefined) throw new Error(`Picture ${number} was left out.`);
    const data = encoded.message.subarray(PICTURE_OFFSET);
    bytes += data.length;
    const shown = await decode(data, encoded.isKey, number);
    context.drawImage(shown, 0, 0);
    shown.close();
    error += meanSquare(source, luma(context));
  }
  encoder.close();
  return { bytes, psnr: 10 * Math.log10(255 ** 2 / (error / frames)) };
}

const decodeJpeg: Decode = (data) => createImageBitmap(new Blob([data], { type: 'image/jpeg' }));

/** One picture at a time. */
function h264Decoder(): Decode {
  let take: ((frame: VideoFrame) => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  const decoder = new VideoDecoder({
    output: (frame) => take?.(frame),
    error: (error) => fail?.(error),
  });
  decoder.configure({ codec: 'avc1.42E01F', optimizeForLatency: true });
  return (data, isKey, number) =>
    new Promise((resolve, reject) => {
      take = resolve;
      fail = reject;
      const type = isKey ? 'key' : 'delta';
      decoder.decode(new EncodedVideoChunk({ type, timestamp: number, data }));
    });
}

/** ITU-R BT.601. */
function luma(context: OffscreenCanvasRenderingContext2D): Float32Array {
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  const values = new Float32Array(WIDTH * HEIGHT);
  for (let index = 0; index < values.length; index += 1) {
    const at = index * 4;
    values[index] = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  }
  return values;
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index]! - b[index]!) ** 2;
  return sum / a.length;
}
