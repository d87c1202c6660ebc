import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { capture } from './support/capture.js';
import { openMachine } from './support/network.js';
import { describeWith } from './support/optional.js';
import { inPhase, Shell } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15'] as const;

/** Sixteen bytes from the middle of each picture of a Motion JPEG file, after all headers. */
function samples(mjpeg: Buffer): Buffer[] {
  const starts: number[] = [];
  const mark = Buffer.from([0xff, 0xd8, 0xff]);
  for (let at = mjpeg.indexOf(mark); at !== -1; at = mjpeg.indexOf(mark, at + 1)) starts.push(at);
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? mjpeg.length;
    const middle = Math.floor(start + (end - start) * 0.7);
    return mjpeg.subarray(middle, middle + 16);
  });
}

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, await readFile(path));
  }
  return files;
}

describeWith('netns', 'what others can see', () => {
  describeWith('tshark', 'of a call', () => {
    it('is no picture, no name of the guest, no password and no stored endpoint', async () => {
      const machine = await openMachine();
      const passwords = {
        grace: 'graces-passphrase-1',
        ada: 'adas-passphrase-22',
        room: 'roomsesame',
      };
      const shell = (own: string): Promise<Shell> =>
        Shell.open(
          { ROOMKEY_PASSWORD: own, ROOMKEY_ROOM_PASSWORD: passwords.room },
          machine.prefix,
        );
      const [grace, ada] = [await shell(passwords.grace), await shell(passwords.ada)];
      await grace.json('account', 'create', 'Grace');
      await ada.json('account', 'create', 'Ada-Augusta');
      await grace.json('room', 'create', 'Laboratory', '--password');
      // Outside the searched folders, because it contains the pictures.
      const folder = await Shell.open({});
      const stop = await capture(machine, join(folder.home, 'capture.pcapng'));

      const seen = [join(folder.home, 'host.mjpeg'), join(folder.home, 'guest.mjpeg')] as const;
      const host = grace.start('join', 'Laboratory', ...small, '--out', seen[0], '--json');
      await host.line(inPhase('waiting'));
      const { rooms } = (await ada.json('discover')) as {
        rooms: { addresses: { host: string; port: number }[] }[];
      };
      const endpoints = (rooms[0]?.addresses ?? []).map(({ host, port }) => `${host} ${port}`);
      expect(endpoints).not.toEqual([]);
      const whileLive = await filesBelow(grace.home);
      const guest = ada.start(
        ...['join', 'Laboratory', ...small, '--out', seen[1], '--frames', '20', '--json'],
      );
      expect((await guest.finished).code).toBe(0);
      host.signal('SIGINT');
      await host.finished;
      const traffic = await stop();

      const pictures = [...samples(await readFile(seen[0])), ...samples(await readFile(seen[1]))];
      expect(pictures.length).toBeGreaterThan(20);
      const secrets = [
        ...pictures,
        ...Object.values(passwords).map((password) => Buffer.from(password)),
      ];
      const names = [Buffer.from('Ada-Augusta')];
      for (const secret of [...secrets, ...names]) expect(traffic.includes(secret)).toBe(false);
      // The capture is complete: it has the data that are sent in the clear on purpose.
      expect(traffic.includes(Buffer.from('Laboratory'))).toBe(true);
      expect(traffic.length).toBeGreaterThan(100_000);

      const stored = [
        ...whileLive,
        ...(await filesBelow(grace.home)),
        ...(await filesBelow(ada.home)),
      ];
      expect(stored.map(([path]) => path)).toContain(join(grace.home, 'data', 'endpoints.json'));
      for (const [path, content] of stored) {
        for (const secret of secrets) expect(content.includes(secret), path).toBe(false);
        for (const endpoint of endpoints) {
          const [address = '', port = ''] = endpoint.split(' ');
          const forms = [`${address}:${port}`, `"${address}"`, `:${port},`, `: ${port}`];
          for (const form of forms) expect(content.includes(form), path).toBe(false);
        }
      }
    });
  });
});
