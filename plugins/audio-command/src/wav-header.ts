/**
 * The header of a WAV file (Multimedia Programming Interface and Data Specifications 1.0, IBM and
 * Microsoft, 1991): the chunk `fmt ` describes the samples, `data` has them; others are skipped.
 */

/** The length of a `wavHeader`, bytes. */
export const WAV_HEADER_BYTES = 44;
/** The most bytes of samples that a WAV file can name: twelve hours at 48 kHz mono. */
export const MAX_WAV_BYTES = 2 ** 32 - 1 - WAV_HEADER_BYTES;

const PCM = 1;
const EXTENSIBLE = 0xfffe;
/** Where the real format of an extensible one is, in `fmt `. */
const REAL_FORMAT = 24;

/** What the samples of a file are. */
export interface WavFormat {
  readonly channels: number;
  /** Samples a second in each channel. */
  readonly rate: number;
}

/** Reads the content of a `fmt ` chunk. @returns the reason as a string where it cannot be played */
export function readWavFormat(chunk: DataView): WavFormat | string {
  if (chunk.byteLength < 16) return 'its header is cut off';
  let format = chunk.getUint16(0, true);
  if (format === EXTENSIBLE && chunk.byteLength >= REAL_FORMAT + 2) {
    format = chunk.getUint16(REAL_FORMAT, true);
  }
  const channels = chunk.getUint16(2, true);
  const rate = chunk.getUint32(4, true);
  const bits = chunk.getUint16(14, true);
  if (format !== PCM) return 'its samples are compressed, or floating-point numbers';
  if (bits !== 16) return `its samples have ${bits} bits`;
  if (channels < 1 || channels > 32) return `it has ${channels} channels`;
  if (rate < 4000 || rate > 192_000) return `its rate is ${rate} Hz`;
  return { channels, rate };
}

/** The header of a file of 16-bit samples. */
export function wavHeader({ channels, rate }: WavFormat, dataBytes: number): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const frame = channels * 2;
  const text = (offset: number, letters: string) => {
    for (let index = 0; index < letters.length; index++) {
      view.setUint8(offset + index, letters.charCodeAt(index));
    }
  };
  text(0, 'RIFF');
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * frame, true);
  view.setUint16(32, frame, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, dataBytes, true);
  return header;
}
