/// <reference lib="dom" />
import { test } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, live, signedIn } from './examples.js';
import { useGallery } from './gallery.js';

describeWith('chromium', 'the partner’s video', () => {
  const gallery = useGallery();

  test('is shown for a new partner whose clock is behind the previous one’s', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)], pictures: ['remote'] });
    const { page } = ui;
    const isShown = (first: Element | null): boolean => {
      const canvas = document.querySelector<HTMLCanvasElement>('.remote canvas');
      // Its size differs before the first frame.
      return canvas !== null && canvas !== first && canvas.width === 1280;
    };
    await page.waitForFunction(isShown, null);
    const first = await page.$('.remote canvas');
    ui.agePictures(() => 2_000);
    const partner = { ...live.partner, name: 'Ilse', fingerprint: '0000-0000-0000-0000-0000' };
    ui.emit(call({ ...live, partner }));
    await page.waitForFunction(isShown, first);
  });
});
