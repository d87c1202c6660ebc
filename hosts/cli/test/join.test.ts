import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startMjpegServer, type MjpegServer } from '../../../test/support/mjpeg-server.js';
import { describeWith } from '../../../test/support/optional.js';
import { FrameOutput } from '../src/join/frame-output.js';
import { ended, workplace } from './support.js';

/** A folder with an account and a room to join. */
async function withRoom() {
  const place = await workplace();
  const environment = { ROOMKEY_PASSWORD: 'correct horse' };
  await place.run(['account', 'create', 'Anna'], { environment });
  await place.run(['room', 'create', 'Lab']);
  return place;
}

describeWith('opencv', 'a network camera', () => {
  describeWith('ffmpeg', 'that stops sending', () => {
    let picture: Buffer;
    beforeAll(() => {
      const args = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=160x120', '-frames:v', '1'];
      picture = execFileSync('ffmpeg', [...args, '-f', 'mjpeg', '-']);
    });

    // FFmpeg itself would wait for 30 s, longer than the test may take.
    test.each(['silent', 'stalling'] as const)('leaves at the first Ctrl-C (%s)', async (kind) => {
      const { start } = await withRoom();
      const server: MjpegServer = await startMjpegServer(picture);
      onTestFinished(() => server.close());
      const child = start(['join', 'Lab', '--camera', `url:${server[kind]}`]);
      const end = ended(child);
      await server.stalled;
      child.kill('SIGINT');
      expect((await end).code).toBe(130);
      await server.left;
    });

    test.each([
      ['url:rtsp://admin:pa#secret@127.0.0.1:554/x', '%23', 5],
      ['url:rtsp://admin:12/secret@127.0.0.1:554/x', '%2F', 5],
      ['url:rtsp://admin:secret@127.0.0.1:1/x', 'No one answers', 5],
      ['rtsp://admin:secret@127.0.0.1:554/x', 'There is no camera', 5],
      ['opencv:rtsp://admin:secret@127.0.0.1:554/x', 'url:rtsp', 5],
      ['pipeline:rtspsrc user-pw=secret ! appsink', 'GStreamer', 3],
    ])('--camera %s: the output never shows its password', async (camera, hint, exit) => {
      const { run } = await withRoom();
      const { code, stdout, stderr } = await run([
        ...['join', 'Lab', '--json', '--verbose', '--camera', camera],
      ]);
      expect(code).toBe(exit);
      expect(stderr).toContain(hint);
      expect(stdout + stderr).not.toMatch(/secret|admin/);
    });
  });
});

const file = { path: '', maxBytes: 1e9, onFull: () => undefined };

/** Writes a frame; resolves when it is taken. */
function write(output: FrameOutput, data: Uint8Array): Promise<void> {
  return new Promise((resolve) => output.write({ data }, resolve));
}

/** A JPEG of this many bytes, with one frame header and one scan. */
function jpeg(length: number, width = 64, height = 48): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.set([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0, 0xff, 0xda]);
  bytes.writeUInt16BE(height, 7);
  bytes.writeUInt16BE(width, 9);
  bytes.writeUInt16BE(0xffd9, length - 2);
  return bytes;
}

describe('a named pipe', () => {
  test('without a reader does not delay Ctrl-C', async () => {
    const { folder, start } = await withRoom();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const child = start(['join', 'Lab', '--verbose', '--camera', 'pattern', '--out', 'pipe']);
    const end = ended(child);
    // After its first output the command handles signals.
    await new Promise<void>((resolve) => {
      child.stderr?.once('data', () => resolve());
    });
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
  });

  /** A pipe with a reader that reads only when the test calls `readSync`. */
  async function withSlowReader(signal: AbortSignal) {
    const path = join((await workplace()).folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    return { output: await FrameOutput.open({ ...file, path }, signal), reader };
  }

  test('whose reader has stopped closes at Ctrl-C and drops pending frames', async () => {
    const leave = new AbortController();
    const { output } = await withSlowReader(leave.signal);
    for (let count = 0; count < 100; count += 1) void write(output, jpeg(50_000));
    const closed = output.close(leave.signal);
    leave.abort();
    await closed;
  });

  test('takes a frame only once it is written, so that a slow reader slows the sender down', async () => {
    const { signal } = new AbortController();
    const { output, reader } = await withSlowReader(signal);
    // Linux buffers 64 KiB: the second frame does not fit.
    const taken = [false, false];
    const written = taken.map(async (_, index) => {
      await write(output, jpeg(50_000));
      taken[index] = true;
    });
    await written[0];
    expect(taken).toEqual([true, false]);
    readSync(reader, Buffer.alloc(50_000));
    await written[1];
    expect(readSync(reader, Buffer.alloc(100_000))).toBe(50_000);
    await output.close(signal);
  });

  test('without a reader opens never, until Ctrl-C', async () => {
    const path = join((await workplace()).folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const leave = new AbortController();
    const reason = new Error('Left.');
    const opened = FrameOutput.open({ ...file, path }, leave.signal);
    leave.abort(reason);
    await expect(opened).rejects.toBe(reason);
  });
});

describe('the file of --out', () => {
  test('gets JPEGs only, up to its size limit', async () => {
    const path = join((await workplace()).folder, 'call.mjpeg');
    let full = 0;
    const options = { path, maxBytes: 250, onFull: () => void (full += 1) };
    const { signal } = new AbortController();
    const output = await FrameOutput.open(options, signal);
    const noPictures = [
      Buffer.from('#!/bin/sh\nrm -r ~\n'),
      jpeg(100).subarray(0, -1),
      jpeg(100, 16_000, 16_000),
      Buffer.from([0xff, 0xd8, 0xff, 0xd9]),
      Buffer.alloc(0),
    ];
    for (const data of noPictures) await write(output, data);
    for (let count = 0; count < 4; count += 1) await write(output, jpeg(100));
    await output.close(signal);
    expect(readFileSync(path)).toEqual(Buffer.concat([jpeg(100), jpeg(100)]));
    expect([output.invalid, output.skipped, full]).toEqual([5, 2, 1]);
  });
});

describe('a file of --out that cannot be written', () => {
  test.each([
    ['no/video.mjpeg', /the folder \S+no does not exist\. Create it, or choose another file/],
    ['link', /link: it does not exist\. Choose another file/],
    ['.', /it is a folder\. Choose another file/],
  ])('%s is an error that says why', async (name, message) => {
    const { folder } = await workplace();
    symlinkSync(join(folder, 'none/video.mjpeg'), join(folder, 'link'));
    const { signal } = new AbortController();
    const opened = FrameOutput.open({ ...file, path: join(folder, name) }, signal);
    await expect(opened).rejects.toThrow(message);
  });
});

describe('~ is the home folder', () => {
  test.each([['--camera', 'file:~/none.mp4']])('in %s %s', async (...options) => {
    const { folder, run } = await withRoom();
    const HOME = join(folder, 'home');
    const { code, stderr } = await run(['join', 'Lab', ...options], {
      environment: { HOME, USERPROFILE: HOME },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain(join(HOME, 'none'));
  });
});
