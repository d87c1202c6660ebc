import { expect, test, vi } from 'vitest';
import type { PluginContext } from '@roomkey/core';
import plugin from '../src/index.js';

const missing = new Error('no prebuild for this platform');

vi.mock('@julusian/jpeg-turbo', () => {
  throw missing;
});

test('a system without the JPEG library makes the plugin unavailable, and says what to do', async () => {
  const probed = Promise.resolve(plugin.probe?.({} as PluginContext, {}));
  await expect(probed).rejects.toMatchObject({
    code: 'RK_PLUGIN_UNAVAILABLE',
    message: expect.stringContaining('npm rebuild @julusian/jpeg-turbo') as string,
  });
  await expect(probed).rejects.toHaveProperty('cause');
});
