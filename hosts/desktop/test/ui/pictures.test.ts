/// <reference lib="dom" />
import { test } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, live, signedIn } from './examples.js';
import { useGallery } from './gallery.js';

describeWith('chromium', 'the partner’s pictures', () => {
  const gallery = useGallery();

  test('of one whose clock is behind that of the one before are shown', async () => {
    const scene = await gallery.show({ events: [...signedIn(), call(live)], pictures: ['remote'] });
    const { page } = scene;
    const isShown = (first: Element | null): boolean => {
      const canvas = document.querySelector<HTMLCanvasElement>('.remote canvas');
      // It has another size before the first picture.
      return canvas !== null && canvas !== first && canvas.width === 1280;
    };
    await page.waitForFunction(isShown, null);
    const first = await page.$('.remote canvas');
    scene.agePictures(() => 2_000);
    const partner = { ...live.partner, name: 'Ilse', fingerprint: '0000-0000-0000-0000-0000' };
    scene.tell(call({ ...live, partner }));
    await page.waitForFunction(isShown, first);
  });
});
