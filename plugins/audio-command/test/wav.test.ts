import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { describeWith } from '../../../test/support/optional.js';
import { toPcm } from '../src/pcm.js';
import { wavHeader } from '../src/wav-header.js';
import { openWavSink } from '../src/wav-sink.js';
import { openWavSource } from '../src/wav-source.js';
import { correlation, RATE, readWav, sine, temporaryFolder, writeWav } from './support/sound.js';

const folder = temporaryFolder();
const pathOf = (name: string) => join(folder.path, name);

/** Plays a file, in pieces as a call takes them. */
async function play(path: string, seconds: number): Promise<Float32Array> {
  const source = await openWavSource(path);
  const samples = new Float32Array(seconds * RATE);
  for (let at = 0; at < samples.length; at += 960) {
    await source.read(samples.subarray(at, at + 960), 0);
  }
  await source.close();
  return samples;
}

/** The loudest difference between two sounds, in the middle of both. */
function difference(first: Float32Array, second: Float32Array): number {
  let most = 0;
  for (let index = 4800; index < 0.9 * RATE; index++) {
    most = Math.max(most, Math.abs((first[index] ?? 0) - (second[index] ?? 0)));
  }
  return most;
}

describe('a WAV file as a microphone', () => {
  test.each([
    8000, 11_025, 16_000, 22_050, 32_000, 44_100, 47_999, 48_000, 88_200, 96_000, 192_000,
  ])('keeps its pitch and its level at %i Hz', async (rate) => {
    writeWav(pathOf('rate.wav'), sine(1000, 1, rate), 1, rate);
    const played = await play(pathOf('rate.wav'), 1);
    // 60 dB below the sound.
    expect(difference(played, sine(1000, 1))).toBeLessThan(0.0005);
  });

  test('loses what 48 kHz cannot carry', async () => {
    writeWav(pathOf('high.wav'), sine(30_000, 1, 96_000), 1, 96_000);
    const played = await play(pathOf('high.wav'), 1);
    expect(difference(played, new Float32Array(RATE))).toBeLessThan(0.0005);
  });

  test('has its channels mixed', async () => {
    const left = sine(1000, 1);
    const both = Float32Array.from({ length: 2 * RATE }, (_, at) =>
      at % 2 === 0 ? (left[at / 2] ?? 0) : 0,
    );
    writeWav(pathOf('stereo.wav'), both, 2);
    const played = await play(pathOf('stereo.wav'), 1);
    expect(difference(played, sine(1000, 1, RATE, 0.25))).toBeLessThan(0.0001);
  });

  test.each([44_100, 48_000])('is silent after its end, at %i Hz', async (rate) => {
    writeWav(pathOf('short.wav'), sine(1000, 0.1, rate), 1, rate);
    const played = await play(pathOf('short.wav'), 1);
    expect(played.subarray(4752, 4800).some((sample) => Math.abs(sample) > 0.1)).toBe(true);
    expect(played.subarray(4850).every((sample) => sample === 0)).toBe(true);
  });

  test('is found behind other chunks, also of odd lengths', async () => {
    const data = toPcm(sine(1000, 1));
    const header = Buffer.from(wavHeader({ channels: 1, rate: RATE }, data.length));
    const junk = Buffer.concat([Buffer.from('LIST\x03\0\0\0abc\0')]);
    const bytes = [header.subarray(0, 12), junk, header.subarray(12, 36), junk];
    writeFileSync(pathOf('chunks.wav'), Buffer.concat([...bytes, header.subarray(36), data, junk]));
    const played = await play(pathOf('chunks.wav'), 1);
    expect(difference(played, sine(1000, 1))).toBeLessThan(0.0001);
    expect(played.at(-1)).toBeCloseTo(sine(1000, 1).at(-1) ?? 0, 3);
  });

  test.each([
    ['the largest length that there is', 0xffffffff],
    ['no length', 0],
  ])('goes to the end of the file where a pipe left %s', async (_, length) => {
    const data = toPcm(sine(1000, 1));
    const header = Buffer.from(wavHeader({ channels: 1, rate: RATE }, 0));
    header.writeUInt32LE(length, 40);
    writeFileSync(pathOf('pipe.wav'), Buffer.concat([header, data]));
    expect(difference(await play(pathOf('pipe.wav'), 1), sine(1000, 1))).toBeLessThan(0.0001);
  });

  const header = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(wavHeader({ channels: 1, rate: RATE }, 0));
    change(bytes);
    return bytes;
  };
  test.each([
    ['is a text', Buffer.from('Dear microphone, how are you?'), 'not a WAV file'],
    ['is empty', Buffer.alloc(0), 'not a WAV file'],
    ['has 24 bits', header((bytes) => bytes.writeUInt16LE(24, 34)), '24 bits'],
    ['has floating-point numbers', header((bytes) => bytes.writeUInt16LE(3, 20)), 'floating-point'],
    ['has no channels', header((bytes) => bytes.writeUInt16LE(0, 22)), '0 channels'],
    ['has a rate of 1 Hz', header((bytes) => bytes.writeUInt32LE(1, 24)), '1 Hz'],
    ['has no samples', header((bytes) => bytes).subarray(0, 36), 'no samples'],
    ['is cut off in its header', header((bytes) => bytes).subarray(0, 30), 'cut off'],
  ])('that %s is refused, with what to do', async (_, bytes, reason) => {
    writeFileSync(pathOf('bad.wav'), bytes);
    const opening = openWavSource(pathOf('bad.wav'));
    await expect(opening).rejects.toMatchObject({ code: 'RK_AUDIO_FAILED' });
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toThrow('ffmpeg');
  });

  test('that does not exist is not found', async () => {
    await expect(openWavSource(pathOf('gone.wav'))).rejects.toMatchObject({
      code: 'RK_AUDIO_NOT_FOUND',
      message: expect.stringContaining('gone.wav') as string,
    });
  });

  test('is not a folder', async () => {
    await expect(openWavSource(folder.path)).rejects.toThrow('it is not a file');
  });
});

describeWith('users', 'a file of another user', () => {
  test('is denied', async () => {
    writeWav(pathOf('private.wav'), sine(1000, 0.1));
    chmodSync(pathOf('private.wav'), 0);
    chmodSync(folder.path, 0o755);
    process.seteuid?.(65_534);
    try {
      const denied = { code: 'RK_AUDIO_DENIED' };
      await expect(openWavSource(pathOf('private.wav'))).rejects.toMatchObject(denied);
      await expect(openWavSink(pathOf('private.wav'))).rejects.toMatchObject(denied);
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe('a WAV file as a loudspeaker', () => {
  test('has what was played, for its owner only', async () => {
    const sink = await openWavSink(pathOf('out.wav'));
    const samples = sine(440, 1);
    for (let at = 0; at < RATE; at += 480) sink.write(toPcm(samples.subarray(at, at + 480)));
    await sink.close();
    const written = readWav(pathOf('out.wav'));
    expect(written).toHaveLength(RATE);
    expect(correlation(samples, written, 0)).toBeGreaterThan(0.9999);
    expect(statSync(pathOf('out.wav')).mode & 0o777).toBe(0o600);
    expect(statSync(pathOf('out.wav')).size).toBe(44 + 2 * RATE);
  });

  test('is a WAV file from its start, and while it is written', async () => {
    const sink = await openWavSink(pathOf('crash.wav'));
    const lengths = new Set<number>();
    for (let count = 0; lengths.size < 3; count++) {
      sink.write(new Uint8Array(4800));
      await new Promise((resolve) => setTimeout(resolve, 1));
      const bytes = readFileSync(pathOf('crash.wav'));
      if (bytes.length === 0) continue;
      const length = bytes.readUInt32LE(40);
      expect(bytes.readUInt32LE(4)).toBe(36 + length);
      expect(bytes.length).toBeGreaterThanOrEqual(44 + length);
      lengths.add(length);
    }
    await sink.close();
  });

  test('takes the place of a file of that name', async () => {
    writeFileSync(pathOf('old.wav'), Buffer.alloc(1000, 'x'));
    await (await openWavSink(pathOf('old.wav'))).close();
    expect(readFileSync(pathOf('old.wav'))).toHaveLength(44);
  });

  test('is busy while it is written, by whatever name', async () => {
    const sink = await openWavSink(pathOf('busy.wav'));
    symlinkSync(pathOf('busy.wav'), pathOf('other.wav'));
    for (const name of ['busy.wav', 'other.wav']) {
      await expect(openWavSink(pathOf(name))).rejects.toMatchObject({ code: 'RK_AUDIO_BUSY' });
    }
    await sink.close();
    await (await openWavSink(pathOf('other.wav'))).close();
  });

  test.each([
    ['a folder that does not exist', 'gone/out.wav', 'RK_AUDIO_NOT_FOUND'],
    ['a folder', '.', 'RK_AUDIO_FAILED'],
    ['a device', '/dev/null', 'RK_AUDIO_FAILED'],
  ])('is refused for %s', async (_, name, code) => {
    const path = name.startsWith('/') ? name : pathOf(name);
    await expect(openWavSink(path)).rejects.toMatchObject({ code });
  });

  test('names no more than it has where the disk takes a part of it', async () => {
    interface Writer {
      write(...args: [Uint8Array, number, number, number]): Promise<{ bytesWritten: number }>;
    }
    const sink = await openWavSink(pathOf('full.wav'));
    const probe = await open(pathOf('full.wav'));
    const files = Object.getPrototypeOf(probe) as Writer;
    await probe.close();
    const write = Reflect.get<Writer, 'write'>(files, 'write');
    vi.spyOn(files, 'write').mockImplementation(function (this: Writer, data, offset, length, at) {
      return write.call(this, data, offset, Math.min(length, 1001), at);
    });
    sink.write(new Uint8Array(9600));
    await expect(sink.failed).resolves.toMatchObject({ code: 'RK_AUDIO_LOST' });
    vi.restoreAllMocks();
    await sink.close();
    const bytes = readFileSync(pathOf('full.wav'));
    expect(bytes.readUInt32LE(40)).toBe(1000);
    expect(bytes.length).toBeGreaterThanOrEqual(44 + 1000);
  });

  test('is lost where the disk does not take it', async () => {
    const sink = await openWavSink(pathOf('slow.wav'));
    sink.write(new Uint8Array(100 * 9600 + 1));
    await expect(sink.failed).resolves.toMatchObject({ code: 'RK_AUDIO_LOST' });
    await sink.close();
  });
});

describeWith('ffmpeg', 'FFmpeg', () => {
  test('makes files that are played, and plays files that are written', async () => {
    const ffmpeg = (...args: string[]) =>
      execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { cwd: folder.path });
    const source = 'sine=frequency=1000:sample_rate=22050:duration=1';
    ffmpeg('-f', 'lavfi', '-i', source, '-ac', '2', 'ffmpeg.wav');
    const played = await play(pathOf('ffmpeg.wav'), 1);
    expect(correlation(sine(1000, 1), played, 0)).toBeGreaterThan(0.99);

    const sink = await openWavSink(pathOf('ours.wav'));
    sink.write(toPcm(sine(1000, 1)));
    await sink.close();
    ffmpeg('-i', 'ours.wav', '-f', 's16le', 'ours.raw');
    expect(readFileSync(pathOf('ours.raw')).equals(toPcm(sine(1000, 1)))).toBe(true);
  });
});
