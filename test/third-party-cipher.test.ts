import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { inPhase, isLive, Shell } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

const root = join(import.meta.dirname, '..');

/** Configures a third party's cipher, with a different suite. */
async function useAcmeCipher(shell: Shell): Promise<void> {
  const url = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)).href);
  await writeFile(
    join(shell.home, 'acme.mjs'),
    `import { Cipher, definePlugin } from ${url('core/dist/index.js')};
     import { aes256Gcm } from ${url('plugins/cipher-aes-gcm/dist/index.js')};
     const schema = { '~standard': { version: 1, vendor: 'acme', validate: (value) => ({ value }) } };
     export default definePlugin({
       name: 'acme', apiVersion: '1.0', provides: Cipher, configSchema: schema,
       create: () => ({ ...aes256Gcm, suite: 4711, name: 'Acme' }),
     });`,
  );
  const config = { version: 1, services: { cipher: './acme.mjs' } };
  await writeFile(join(shell.home, 'roomkey.config.json'), JSON.stringify(config));
}

it('a third-party cipher encrypts a call, and accounts from before it still work', async () => {
  const secrets = { ROOMKEY_PASSWORD: 'a good password' };
  const [grace, ada] = [await Shell.open(secrets), await Shell.open(secrets)];
  const room = `Acme ${crypto.randomUUID().slice(0, 8)}`;
  await grace.json('account', 'create', 'Grace');
  await grace.json('account', 'logout');
  await ada.json('account', 'create', 'Ada');
  await Promise.all([useAcmeCipher(grace), useAcmeCipher(ada)]);
  await grace.json('account', 'login', 'Grace');
  await grace.json('room', 'create', room);

  const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '10', '--json'];
  const host = grace.start('join', room, ...small, '--let-in', 'anyone');
  await host.line(inPhase('waiting'));
  const guest = ada.start('join', room, ...small, '--frames', '5');
  expect(await guest.line(isLive)).toMatchObject({ participants: [{ cipher: 'Acme' }] });
  expect((await guest.finished).code).toBe(0);
});
