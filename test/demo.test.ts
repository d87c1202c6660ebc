import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { describeWith } from './support/optional.js';
import { Shell, type Line } from './support/shell.js';
import { makeVideo } from './support/video.js';

vi.setConfig({ testTimeout: 120_000 });

interface Side {
  readonly sent: number;
  readonly received: number;
  readonly fps: number;
  readonly ageMs: { readonly p50: number; readonly p99: number };
  readonly connections: number;
  readonly words: readonly string[];
}

async function demo(shell: Shell, ...args: readonly string[]): Promise<Line> {
  return await shell.json('demo', '--for', '2', ...args);
}

describe('roomkey demo', () => {
  it('prints one document: both sides saw each other, and every frame arrived as sent', async () => {
    const shell = await Shell.open({});
    // Small and slow, since other tests run at the same time; the benchmark measures.
    const result = await demo(shell, '--size', '320x180', '--fps', '10');
    const side = (peer: string): unknown =>
      expect.objectContaining({
        peer,
        connections: 2,
        cipher: 'AES-256-GCM',
        corrupted: 0,
        outOfOrder: 0,
        camera: '@roomkey/camera-pattern',
      });
    expect(result).toMatchObject({ ok: true, seconds: 2, host: side('Ada'), guest: side('Grace') });
    const { host, guest } = result as unknown as { host: Side; guest: Side };
    expect(host.words).toHaveLength(4);
    expect(host.words).toEqual(guest.words);
    for (const { sent, received, fps, ageMs } of [host, guest]) {
      expect(sent).toBeGreaterThan(0);
      expect(received).toBeGreaterThan(0);
      expect(fps).toBeGreaterThan(0);
      expect(ageMs.p50).toBeLessThanOrEqual(ageMs.p99);
    }
  });

  it('prints the error of an invalid command and nothing else', async () => {
    const shell = await Shell.open({});
    const { code, stdout } = await shell.run('demo', '--for', 'ever', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout.toString())).toMatchObject({ error: { code: 'usage' } });
  });
});

describeWith('ffmpeg', 'roomkey demo with a video file', () => {
  describeWith('opencv', 'through OpenCV', () => {
    it('sends a real video', async () => {
      const shell = await Shell.open({});
      const clip = join(shell.home, 'clip.avi');
      await makeVideo(clip, 'a', 2);
      const result = await demo(shell, '--camera', `file:${clip}`, '--fps', '10');
      expect(result).toMatchObject({
        ok: true,
        host: { camera: '@roomkey/camera-opencv', corrupted: 0 },
      });
    });
  });
});
