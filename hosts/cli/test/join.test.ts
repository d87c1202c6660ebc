import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startMjpegServer, type MjpegServer } from '../../../test/support/mjpeg-server.js';
import { describeWith } from '../../../test/support/optional.js';
import { ended, workplace } from './support.js';

/** A place with an account and a room to join. */
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

    // FFmpeg waits for 30 s: as long as a test may take.
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
      ['url:rtsp://admin:pa#secret@127.0.0.1:554/x', '%23'],
      ['url:rtsp://admin:12/secret@127.0.0.1:554/x', '%2F'],
      ['url:rtsp://admin:secret@127.0.0.1:1/x', 'Nobody answers'],
      ['rtsp://admin:secret@127.0.0.1:554/x', 'There is no camera'],
      ['opencv:rtsp://admin:secret@127.0.0.1:554/x', 'url:rtsp'],
      ['pipeline:rtspsrc user-pw=secret ! appsink', 'GStreamer'],
    ])('--camera %s: its password is nowhere', async (camera, hint) => {
      const { run } = await withRoom();
      const { code, stdout, stderr } = await run([
        ...['join', 'Lab', '--json', '--verbose', '--camera', camera],
      ]);
      expect(code).not.toBe(0);
      expect(stderr).toContain(hint);
      expect(stdout + stderr).not.toMatch(/secret|admin/);
    });
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
