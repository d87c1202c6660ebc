import { expect, test, vi } from 'vitest';
import type { PluginContext } from '@roomkey/core';
import plugin from '../src/index.js';

const missing = new Error('Could not load the "sharp" module');

vi.mock('sharp', () => {
  throw missing;
});

test('a system without the image library makes the plugin unavailable, and says what to do', async () => {
  const probed = Promise.resolve(plugin.probe?.({} as PluginContext, {}));
  await expect(probed).rejects.toMatchObject({
    code: 'RK_PLUGIN_UNAVAILABLE',
    message: expect.stringContaining('without --omit=optional') as string,
  });
  await expect(probed).rejects.toHaveProperty('cause');
});
