/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useChromium } from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import { SCREEN } from '../src/messages.js';
import { decodePackets, openPage, take } from './support/audio-page.js';

const FILM = 1_000;
const request = { deviceId: SCREEN, processing: false };

/** Offers the sound of a screen, as the plugin that shares it does. @param gain 0: silence */
async function offer(page: Page, gain = 0.5): Promise<void> {
  await page.mouse.click(1, 1);
  await page.evaluate(
    ([frequency, gain]) => {
      const context = new AudioContext({ sampleRate: 44_100 });
      const destination = new MediaStreamAudioDestinationNode(context);
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(new GainNode(context, { gain })).connect(destination);
      tone.start();
      // Nothing comes of it then, as of a computer on which nothing plays.
      if (gain === 0) void context.suspend();
      [window.screenAudio] = destination.stream.getAudioTracks();
    },
    [FILM, gain] as const,
  );
}

/** How often a sound rises through zero in a second. */
function pitchOf(samples: Float32Array): number {
  let rises = 0;
  for (const [index, sample] of samples.entries()) {
    if (sample >= 0 && (samples[index - 1] ?? 0) < 0) rises += 1;
  }
  return (rises * 48_000) / samples.length;
}

describeWith('chromium', 'the sound of the screen in Chromium', () => {
  const browser = useChromium('moving');

  test('is a device while it is offered and goes on', async () => {
    const { audio, page } = await openPage(browser());
    const screens = async () => (await audio.inputs()).filter(({ kind }) => kind === 'screen');
    expect(await screens()).toEqual([]);
    await expect(audio.openInput(request)).rejects.toMatchObject({ code: 'RK_AUDIO_NOT_FOUND' });
    await offer(page);
    expect(await screens()).toEqual([{ id: SCREEN, label: 'Sound of the screen', kind: 'screen' }]);
    await page.evaluate(() => window.screenAudio?.stop());
    expect(await screens()).toEqual([]);
  });

  test('is sent as it is beside a microphone, and goes on after it was closed', async () => {
    const { audio, page } = await openPage(browser());
    await offer(page);
    const microphone = await audio.openInput({ processing: true });
    for (let count = 0; count < 2; count++) {
      const input = await audio.openInput(request);
      const units = await take(input, 60);
      const samples = await decodePackets(
        page,
        units.map(({ data }) => data),
      );
      expect(pitchOf(samples.subarray(-24_000))).toBeCloseTo(FILM, -2);
      expect(units.every(({ muted, data }) => !muted && data.length === 80)).toBe(true);
      await input.close();
    }
    expect(await page.evaluate(() => window.screenAudio?.readyState)).toBe('live');
    await take(microphone, 3);
    await microphone.close();
  });

  test('has the same pace while nothing plays', async () => {
    const { audio, page } = await openPage(browser());
    await offer(page, 0);
    const input = await audio.openInput(request);
    const units = await take(input, 30);
    expect(new Set(units.map(({ level }) => level))).toEqual(new Set([0]));
    await input.close();
  });

  test('is lost a while after its end, unless it was closed with the screen', async () => {
    const { audio, page } = await openPage(browser());
    await offer(page);
    const end = (): Promise<boolean | undefined> =>
      page.evaluate(() => window.screenAudio?.dispatchEvent(new Event('ended')));
    const closed = await audio.openInput(request);
    await end();
    await closed.close();
    for await (const unit of closed) expect(unit.samples).toBe(960);
    const input = await audio.openInput(request);
    await end();
    await expect(take(input, 10_000)).rejects.toMatchObject({
      code: 'RK_AUDIO_LOST',
      message: 'The sound of your screen stopped. Share the screen again to send it.',
    });
  });
});
