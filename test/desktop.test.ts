import { expect, it, vi } from 'vitest';
import { STEP_MS } from './support/app-window.js';
import { describeWith } from './support/optional.js';
import { meet, openTwo, pictureOf, watchBoth } from './support/people.js';
import { psnr } from './support/pictures.js';
import { clipPixels } from './support/y4m.js';

vi.setConfig({ testTimeout: 240_000 });

describeWith('chromium', 'two people at two desktop apps', () => {
  it('sign up, meet in a room with a password, see each other, and delete it', async () => {
    const [grace, ada] = await openTwo();
    await meet(grace, ada, 'Kitchen', 'sesame open');
    await Promise.all([grace.window.startCamera(), ada.window.startCamera()]);

    for (const [viewer, sitter, person, other] of [
      [grace, ada, 'ada', 'grace'],
      [ada, grace, 'grace', 'ada'],
    ] as const) {
      const own = sitter.window.ownPicture.locator('video');
      const remote = viewer.window.partnersPicture.locator('canvas');
      const { number, pixels } = await pictureOf(remote, person);
      expect(psnr(pixels, clipPixels(person, number))).toBeGreaterThan(28);
      // The two clips differ clearly, so that the comparison can fail.
      expect(psnr(pixels, clipPixels(other, number))).toBeLessThan(15);

      const { source, shown } = await watchBoth(own, remote, 150);
      expect(shown.steps).toBeGreaterThan(3);
      expect(shown.frames / source.frames).toBeGreaterThan(0.75);
      expect(shown.frames / source.frames).toBeLessThan(1.25);

      await viewer.window.showFigures();
      // The figures take a moment to appear.
      await expect
        .poll(async () => isPlausible(await viewer.window.figures()), { timeout: STEP_MS })
        .toBe(true);
    }

    await grace.window.stopCamera();
    await ada.window.partnersPicture.getByText('Grace’s camera is off').waitFor();
    await pictureOf(grace.window.partnersPicture.locator('canvas'), 'ada');

    await ada.window.exit('another’s');
    await grace.window.partnersPicture.getByText(/Ada\W left/).waitFor();
    await ada.window.room('Kitchen').waitFor();
    await grace.window.exit('delete');
    await grace.window.room('Kitchen').waitFor({ state: 'detached' });
    // Ada had left before the deletion, so her app remembers the room until she forgets it.
    await ada.window.room('Kitchen').filter({ hasText: 'Closed' }).waitFor();
    await ada.window.button('Forget').click();
    await ada.window.room('Kitchen').waitFor({ state: 'detached' });
    // The app ends on request, since no call is open.
    expect(await Promise.all([grace.desktop.end(), ada.desktop.end()])).toEqual([130, 130]);
  });
});

/** Whether the figures are those of a working call. */
function isPlausible(figures: Readonly<Record<string, string>>): boolean {
  const patterns = {
    Picture: /^640 × 360$/,
    Shown: /^[1-6]?\d a second$/,
    'Capture to screen': /^\d{1,3} ms \(95 %: \d{1,3}\), if clocks agree$/,
    Codec: /^(H\.264|VP8)$/,
    Received: /^[1-9]\d*(\.\d)? [kM]bit\/s$/,
    Sent: /^[1-9]\d*(\.\d)? [kM]bit\/s, [1-6]?\d a second$/,
    Cipher: /^AES-256-GCM$/,
    Connections: /^one each way$/,
  };
  return Object.entries(patterns).every(([name, pattern]) => pattern.test(figures[name] ?? ''));
}
