import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeWith } from './support/optional.js';
import { inPhase, isLive, Shell, type Line } from './support/shell.js';
import { countFrames, decodeGray, similarity, makeVideo } from './support/video.js';

vi.setConfig({ testTimeout: 120_000 });

let grace: Shell;
let ada: Shell;
let room: string;

beforeEach(async () => {
  room = `Lab ${crypto.randomUUID().slice(0, 8)}`;
  grace = await Shell.open({ ROOMKEY_PASSWORD: 'grace’s own', ROOMKEY_ROOM_PASSWORD: 'sesame' });
  ada = await Shell.open({ ROOMKEY_PASSWORD: 'ada’s own', ROOMKEY_ROOM_PASSWORD: 'sesame' });
  await Promise.all([
    grace.json('account', 'create', 'Grace'),
    ada.json('account', 'create', 'Ada'),
  ]);
  await grace.json('room', 'create', room, '--password');
});

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15'] as const;

const isState = ({ event }: Line): boolean => event === 'state';

function wordsIn(live: Line): unknown {
  const [participant] = live['participants'] as readonly [Line];
  return participant['words'];
}

describe('two people at two shells', () => {
  it('create a room, discover it, see each other, and leave', async () => {
    const host = grace.start('join', room, ...small, '--json');
    await host.line(inPhase('waiting'));
    const discovered = await ada.json('discover');
    expect(discovered['rooms']).toContainEqual(
      expect.objectContaining({ name: room, password: true, open: true }),
    );
    // Ada's store does not have it.
    expect(await ada.json('room', 'show', room)).toMatchObject({ stored: false, open: true });
    const { code: unmet, stderr } = await ada.run('room', 'forget', room);
    expect({ unmet, stderr }).toEqual({
      unmet: 5,
      stderr: `error: You have not visited a room “${room}”, so there is nothing to forget. \`roomkey room list\` shows the rooms that you visited.\n`,
    });
    const remote = join(ada.home, 'remote.mjpeg');
    const guest = ada.start('join', room, ...small, '--out', remote, '--frames', '10', '--json');
    const { code } = await guest.finished;
    expect(code).toBe(0);
    expect(guest.lines.at(-1)).toMatchObject({ event: 'left' });
    const [atHost, atGuest] = [await host.line(isLive), await guest.line(isLive)];
    expect(atHost).toMatchObject({
      participants: [{ name: 'Ada', known: 'new', connections: 2 }],
    });
    expect(wordsIn(atHost)).toHaveLength(4);
    expect(wordsIn(atHost)).toEqual(wordsIn(atGuest));
    for (const { lines } of [host, guest]) {
      expect(lines).toContainEqual({ event: 'track', kind: 'camera' });
    }
    expect(
      await host.line((line) => inPhase('waiting')(line) && 'lastPartner' in line),
    ).toMatchObject({
      lastPartner: { name: 'Ada', kind: 'left' },
    });
    const bytes = await readFile(remote);
    expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    host.signal('SIGINT');
    expect((await host.finished).code).toBe(130);
    // The network may have other open rooms.
    const { rooms } = (await ada.json('discover')) as { rooms: readonly Line[] };
    expect(rooms.filter(({ name }) => name === room)).toMatchObject([{ open: false }]);
  });

  it('leave when the video player closes', async () => {
    const host = grace.start('join', room, ...small, '--json');
    await host.line(inPhase('waiting'));
    const guest = ada.start('join', room, ...small, '--out', '-');
    await host.line(isLive);
    guest.closeOutput();
    const { code, stderr } = await guest.finished;
    expect(code).toBe(130);
    expect(stderr).not.toContain('error:');
    expect(
      await host.line((line) => inPhase('waiting')(line) && 'lastPartner' in line),
    ).toMatchObject({
      lastPartner: { kind: 'left' },
    });
  });

  it('refuse a wrong password: exit code, sentence, no frame, and a notice at the host', async () => {
    const host = grace.start('join', room, ...small, '--json');
    await host.line(inPhase('waiting'));
    const remote = join(ada.home, 'remote.mjpeg');
    const { code, stdout, stderr } = await ada
      .with({ ROOMKEY_ROOM_PASSWORD: 'open up' })
      .run('join', room, ...small, '--out', remote, '--json');
    expect(code).toBe(4);
    expect(stderr).toContain('Check the password');
    const lines = stdout.toString().trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      error: { code: 'RK_HANDSHAKE_FAILED' },
    });
    expect(await host.line((line) => line['event'] === 'notice')).toMatchObject({
      topic: 'refused',
      code: 'RK_HANDSHAKE_FAILED',
    });
    expect(await readFile(remote)).toHaveLength(0);
    host.signal('SIGTERM');
    expect((await host.finished).code).toBe(130);
    expect(host.lines.at(-1)).toMatchObject({ event: 'left', sent: 0 });
  });

  it('each see one notice if an identity changed, and are connected once it is accepted', async () => {
    const host = grace.start('join', room, ...small, '--json');
    await host.line(inPhase('waiting'));
    const before = ada.start('join', room, ...small, '--frames', '1', '--json');
    expect((await before.finished).code).toBe(0);
    const other = await Shell.open({
      ROOMKEY_PASSWORD: 'ada’s other one',
      ROOMKEY_ROOM_PASSWORD: 'sesame',
    });
    const { fingerprint } = await other.json('account', 'create', 'Ada');
    const guest = other.start('join', room, ...small, '--json');
    expect(await guest.line((line) => 'lastPartner' in line)).toEqual({
      event: 'state',
      phase: 'searching',
      lastPartner: { name: 'Grace', kind: 'unaccepted' },
    });
    const isRefused = (line: Line): boolean => line['event'] === 'notice';
    expect(await host.line(isRefused)).toMatchObject({
      code: 'RK_IDENTITY_MISMATCH',
      message: expect.stringContaining(`people accept "Ada" ${String(fingerprint)}`) as string,
    });
    const met = host.lines.length;
    await grace.json('people', 'accept', 'Ada', String(fingerprint));
    await Promise.all([guest.line(isLive), host.line(isLive, met)]);
    expect(host.lines.filter(isRefused)).toHaveLength(1);
    expect(guest.lines.filter(isState).map(({ phase }) => phase)).toEqual([
      ...['searching', 'connecting', 'searching', 'live', 'live'],
    ]);
  });

  it('slow each other down: a reader that stops also stops the video, until it reads again', async () => {
    const pipe = join(ada.home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    // It fills its buffer, and reads no more before `resume`.
    const reader = new Socket({ fd, readable: true, writable: false });
    onTestFinished(() => void reader.destroy());
    const host = grace.start('join', room, ...small, '--json', '--stats');
    await host.line(inPhase('waiting'));
    const guest = ada.start('join', room, ...small, '--json', '--out', pipe);
    await guest.line(isLive);

    // The reader and the pipe hold a few pictures; the sender drops further ones.
    const figures = (line: Line) => line as { readonly sent: number; readonly dropped: number };
    const stalled = await host.line((line) => figures(line).dropped >= 30);
    const { sent } = figures(stalled);
    const before = host.lines.length;
    const later = await host.line((line) => figures(line).dropped >= 60, before);
    expect(figures(later).sent).toBe(sent);

    reader.resume();
    await host.line((line) => figures(line).sent > sent + 10, before);
  });

  it('find each other again after the guest was killed, and after the host was', async () => {
    const host = grace.start('join', room, ...small, '--json');
    await host.line(inPhase('waiting'));
    const first = ada.start('join', room, ...small, '--json');
    await first.line(isLive);
    await host.line(isLive);
    await first.kill();
    const before = host.lines.length;
    const guest = ada.start('join', room, ...small, '--json');
    await guest.line(isLive);
    const again = await host.line(isLive, before);
    expect(again).toMatchObject({ participants: [{ name: 'Ada', known: 'same' }] });

    const met = guest.lines.length;
    await host.kill();
    expect(await guest.line(inPhase('searching'), met)).toMatchObject({
      lastPartner: { kind: 'lost' },
    });
    const seen = guest.lines.length;
    const successor = grace.start('join', room, ...small, '--json');
    await Promise.all([successor.line(isLive), guest.line(isLive, seen)]);
  });
});

describeWith('opencv', 'someone whose video file is missing', () => {
  it('gets an error, and the room is not opened', async () => {
    const host = grace.start('join', room, '--camera', 'file:missing.avi', '--json');
    const { code } = await host.finished;
    expect(code).toBe(5);
    expect(host.lines.at(-1)).toMatchObject({ error: { code: 'RK_CAMERA_NOT_FOUND' } });
    expect(host.lines.filter(inPhase('waiting'))).toEqual([]);
  });
});

describeWith('ffmpeg', 'two people who show video files', () => {
  describeWith('opencv', 'through OpenCV', () => {
    it('see each other’s frames, in files that ffmpeg plays', async () => {
      const clips = { grace: join(grace.home, 'clip.avi'), ada: join(ada.home, 'clip.avi') };
      await Promise.all([makeVideo(clips.grace, 'a', 2), makeVideo(clips.ada, 'b', 2)]);
      const out = { grace: join(grace.home, 'remote.mjpeg'), ada: join(ada.home, 'remote.mjpeg') };
      const host = grace.start(
        ...['join', room, '--camera', 'file:clip.avi', '--out', out.grace, '--json'],
      );
      await host.line(inPhase('waiting'));
      const guest = ada.start(
        ...[
          'join',
          room,
          '--camera',
          'file:clip.avi',
          '--out',
          out.ada,
          '--frames',
          '30',
          '--json',
        ],
      );
      expect((await guest.finished).code).toBe(0);
      host.signal('SIGTERM');
      await host.finished;
      for (const [seen, source] of [
        [out.ada, clips.grace],
        [out.grace, clips.ada],
      ] as const) {
        const frames = await countFrames(seen);
        expect(frames).toBeGreaterThanOrEqual(10);
        const like = similarity(await decodeGray(seen), await decodeGray(source));
        expect(like).toHaveLength(frames);
        expect(Math.min(...like)).toBeGreaterThan(30);
      }
      // The two clips differ clearly, so that the comparison can fail.
      const crossed = similarity(await decodeGray(out.ada), await decodeGray(clips.ada));
      expect(Math.max(...crossed)).toBeLessThan(20);
    });
  });
});
