/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import type { Page } from 'playwright-core';
import { videoCodecs, type VideoUnit } from '@roomkey/core';

/** A decoded image: red, green, blue and alpha of a grid of points, row by row. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  /** 16 × 9 points. */
  readonly points: readonly number[];
}

/** The WebCodecs codec string of a stream that begins with this unit; empty for JPEG. */
export function browserCodecOf({ codec, data }: VideoUnit): string {
  const definition = videoCodecs[codec];
  return definition.browserCodecOf?.(data) ?? definition.browserCodec ?? '';
}

/** Decodes units of one codec in the page, in order, by the browser's own decoders. */
export async function decodeUnits(
  page: Page,
  units: readonly VideoUnit[],
): Promise<readonly DecodedPicture[]> {
  const [first] = units;
  if (first === undefined) return [];
  const encoded = units.map(({ isKey, data }) => ({
    isKey,
    text: Buffer.from(data).toString('base64'),
  }));
  return page.evaluate(
    async ({ codec, encoded }) => {
      const pictures: DecodedPicture[] = [];
      const read = (image: ImageBitmap | VideoFrame, width: number, height: number) => {
        const context = new OffscreenCanvas(16, 9).getContext('2d');
        context?.drawImage(image, 0, 0, 16, 9);
        const points = [...(context?.getImageData(0, 0, 16, 9).data ?? [])];
        pictures.push({ width, height, points });
        image.close();
      };
      let failure: unknown;
      const decoder = new VideoDecoder({
        output: (image) => read(image, image.displayWidth, image.displayHeight),
        error: (error) => (failure = error),
      });
      if (codec !== '') decoder.configure({ codec });
      for (const [index, { isKey, text }] of encoded.entries()) {
        const data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        if (codec === '') {
          const image = await createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
          read(image, image.width, image.height);
        } else {
          const type = isKey ? 'key' : 'delta';
          decoder.decode(new EncodedVideoChunk({ type, timestamp: index, data }));
        }
      }
      if (codec !== '') await decoder.flush();
      decoder.close();
      if (failure !== undefined) throw failure as Error;
      return pictures;
    },
    { codec: browserCodecOf(first), encoded },
  );
}

/** Whether it looks like Chromium's fake camera: green, except for a disc and digits. */
export function isTestPicture({ points }: DecodedPicture): boolean {
  let green = 0;
  for (let at = 0; at < points.length; at += 4) {
    const [red = 0, level = 0, blue = 0] = points.slice(at);
    if (level > red + 40 && level > blue + 40) green += 1;
  }
  return green > 16 * 9 * 0.6;
}
