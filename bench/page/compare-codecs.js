// H.264 as camera-browser makes it against JPEG as it makes it, on the same pictures.
import { DeltaEncoder } from '../../plugins/camera-browser/src/page/delta-encoder.ts';
import { JpegEncoder } from '../../plugins/camera-browser/src/page/jpeg-encoder.ts';
import { FRAME_HEADER_BYTES } from '../../plugins/camera-browser/src/page/messages.ts';
import { HEIGHT, paintClip, WIDTH } from './clip.js';

const FPS = 30;

/** Bytes and PSNR-Y (dB, of the mean error) of the clip with each codec and quality. */
export async function compareCodecs(codec, quality, frames) {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  const encoder = codec === 'jpeg' ? new JpegEncoder() : new DeltaEncoder(codec, FPS);
  const decode = decoderOf(codec);
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
    const data = encoded.message.subarray(FRAME_HEADER_BYTES);
    bytes += data.length;
    const shown = await decode(data, encoded.isKey, number);
    context.drawImage(shown, 0, 0);
    shown.close();
    error += meanSquare(source, luma(context));
  }
  encoder.close();
  return { bytes, psnr: 10 * Math.log10(255 ** 2 / (error / frames)) };
}

function decoderOf(codec) {
  if (codec === 'jpeg') {
    return (data) => createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
  }
  let take;
  const decoder = new VideoDecoder({
    output: (frame) => take(frame),
    error: (error) => {
      throw error;
    },
  });
  decoder.configure({ codec: codec === 'vp8' ? codec : 'avc1.42E01F', optimizeForLatency: true });
  return (data, isKey, number) =>
    new Promise((resolve) => {
      take = resolve;
      const type = isKey ? 'key' : 'delta';
      decoder.decode(new EncodedVideoChunk({ type, timestamp: number, data }));
    });
}

/** ITU-R BT.601. */
function luma(context) {
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  const values = new Float32Array(WIDTH * HEIGHT);
  for (let index = 0; index < values.length; index += 1) {
    const at = index * 4;
    values[index] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  }
  return values;
}

function meanSquare(a, b) {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] - b[index]) ** 2;
  return sum / a.length;
}
