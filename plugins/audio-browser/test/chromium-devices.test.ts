/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { expect, onTestFinished, test } from 'vitest';
import { openChromium, unplugSound, useChromium } from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import { openPage, take } from './support/audio-page.js';

const request = { processing: true };

describeWith('chromium', 'microphones and loudspeakers in Chromium', () => {
  const browser = useChromium('moving');

  test('have labels, and the one that the system uses comes first', async () => {
    const { audio } = await openPage(browser());
    expect(await audio.inputs()).toEqual([
      { id: 'default', label: 'Fake Default Audio Input' },
      { id: 'Fake Audio Input 1', label: 'Fake Audio Input 1' },
      { id: 'Fake Audio Input 2', label: 'Fake Audio Input 2' },
    ]);
    expect((await audio.outputs()).map(({ id }) => id)).toEqual([
      'default',
      'Fake Audio Output 1',
      'Fake Audio Output 2',
    ]);
  });

  test.each(['default', 'Fake Audio Input 2'])('a microphone opens as %s', async (deviceId) => {
    const { audio } = await openPage(browser());
    const input = await audio.openInput({ ...request, deviceId });
    expect(await take(input, 3)).toHaveLength(3);
    await input.close();
  });

  test.each([undefined, 'default', 'Fake Audio Output 2'])(
    'a loudspeaker opens as %s',
    async (deviceId) => {
      const { audio } = await openPage(browser());
      const output = await audio.openOutput(deviceId === undefined ? {} : { deviceId });
      await output.close();
    },
  );

  test('an aborted open leaves no microphone on', async () => {
    const { audio, page } = await openPage(browser(), {
      'index.js': `
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (constraints) => {
          window.opened = await open(constraints);
          return window.opened;
        };`,
    });
    const controller = new AbortController();
    const opening = audio.openInput(request, { signal: controller.signal });
    controller.abort(new Error('no'));
    await expect(opening).rejects.toThrow('no');
    await page.waitForFunction(
      () =>
        (window as { opened?: MediaStream }).opened?.getAudioTracks()[0]?.readyState === 'ended',
    );
  });

  test('a microphone that goes away ends the iteration, and can be opened again', async () => {
    const own = await openChromium('moving');
    const { audio } = await openPage(own);
    const input = await audio.openInput(request);
    await take(input, 1);
    const lost = expect(take(input, 10_000)).rejects.toMatchObject({
      code: 'RK_AUDIO_LOST',
      message: expect.stringContaining('unplugged') as string,
    });
    await unplugSound(own);
    await lost;
    const again = await audio.openInput(request);
    expect(await take(again, 1)).toHaveLength(1);
    await again.close();
  });

  test('a loudspeaker that is unplugged is lost, and the one of the system is not', async () => {
    const { audio, page } = await openPage(browser());
    const chosen = await audio.openOutput({ deviceId: 'Fake Audio Output 1' });
    const byDefault = await audio.openOutput({});
    let isLost = false;
    void byDefault.lost.then(() => (isLost = true));
    // Chromium's fake loudspeakers stay.
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const list = mediaDevices.enumerateDevices.bind(mediaDevices);
      mediaDevices.enumerateDevices = async () =>
        (await list()).filter(({ label }) => label !== 'Fake Audio Output 1');
      mediaDevices.dispatchEvent(new Event('devicechange'));
    });
    expect(await chosen.lost).toMatchObject({ code: 'RK_AUDIO_LOST' });
    await byDefault.close();
    expect(isLost).toBe(false);
  });

  test('a page that is loaded again loses its devices, and opens them again', async () => {
    const { audio, page } = await openPage(browser());
    const input = await audio.openInput(request);
    const output = await audio.openOutput({});
    const lost = expect(take(input, 10_000)).rejects.toMatchObject({ code: 'RK_AUDIO_LOST' });
    await page.reload();
    await lost;
    expect(await output.lost).toMatchObject({ code: 'RK_AUDIO_LOST' });
    await input.close();
    await output.close();
  });

  test('without permission there is no microphone, and the error says how to grant it', async () => {
    const { audio } = await openPage(await openChromium('refused'));
    await expect(audio.openInput(request)).rejects.toMatchObject({
      code: 'RK_AUDIO_DENIED',
      message: expect.stringContaining('browser’s site settings') as string,
    });
    expect((await audio.inputs())[0]).toEqual({ id: 'default', label: 'Default microphone' });
    const output = await audio.openOutput({});
    await output.close();
  });

  test('a loudspeaker waits for a click, and the window knows', async () => {
    const own = await openChromium('moving', [
      '--autoplay-policy=document-user-activation-required',
    ]);
    const { audio, page } = await openPage(own);
    const changes: boolean[] = [];
    await page.exposeFunction('tell', (isBlocked: boolean) => changes.push(isBlocked));
    // A page in which `evaluate` ran counts as used, so that the state is set by hand.
    await page.evaluate(() => {
      const { tell } = window as unknown as { readonly tell: (isBlocked: boolean) => void };
      window.sound?.onBlocked((isBlocked) => tell(isBlocked));
      const Context = AudioContext;
      window.AudioContext = class extends Context {
        constructor(options?: AudioContextOptions) {
          super(options);
          void this.suspend();
        }
      };
    });
    const output = await audio.openOutput({});
    onTestFinished(() => output.close());
    await page.waitForFunction(() => window.sound?.isBlocked === true);
    await page.mouse.click(1, 1);
    await page.waitForFunction(() => window.sound?.isBlocked === false);
    expect(changes).toEqual([true, false]);
  });

  test('the self-test measures an echo, of which there is none here', async () => {
    const { page } = await openPage(browser());
    await page.mouse.click(1, 1);
    const result = await page.evaluate(() => window.sound?.testEcho());
    expect(result?.unprocessedDb).toBeLessThan(0);
    expect(result?.processedDb).toBeGreaterThanOrEqual(-90);
  });
});
