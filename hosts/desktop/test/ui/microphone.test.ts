import { describe, expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent, CallView } from '../../src/messages/index.js';
import { meterShare } from '../../src/ui/parts/meter-share.js';
import { echoText } from '../../src/ui/settings/echo-text.js';
import { call, failure, live, opening, screen, signedIn } from './examples.js';
import { useGallery, type TestUi } from './gallery.js';
import { offerSound } from './offer-sound.js';
import { becomes, hasFocus } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

/** A call with the own microphone in this state. */
const withMicrophone = (microphone: CallView['microphone']): AppEvent => call(live, { microphone });
const muted = withMicrophone({ kind: 'on', muted: true });
const unmuted = withMicrophone({ kind: 'on', muted: false });

/** The requests about the microphone. */
const asked =
  ({ requests }: TestUi) =>
  (): unknown[] =>
    requests
      .filter(({ method }) => /Microphone|Muted/.test(method))
      .map(({ method, params }) => [method, params]);

describeWith('chromium', 'the microphone', () => {
  const gallery = useGallery();
  const show = async (event: AppEvent): Promise<TestUi> => {
    const ui = await gallery.show({ events: [...signedIn(), event] });
    await ui.page.locator('.icon-button.microphone').waitFor();
    return ui;
  };

  test('is muted by M and by its button, whose state follows the app', async () => {
    const ui = await show(unmuted);
    const { page } = ui;
    const button = page.getByRole('button', { name: 'Mute' });
    expect(await button.getAttribute('aria-keyshortcuts')).toBe('M');
    await page.keyboard.press('m');
    await becomes(asked(ui), [['call.setMuted', { muted: true }]]);
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    ui.emit(muted);
    await becomes(() => button.getAttribute('aria-pressed'), 'true');
    await page.locator('.tile.local').getByText('muted').waitFor();
    await button.click();
    await becomes(() => asked(ui)().at(-1), ['call.setMuted', { muted: false }]);
  });

  test('talks while space is held, and is muted again when the window loses the focus', async () => {
    const ui = await show(muted);
    const { page } = ui;
    await page.keyboard.down(' ');
    await page.keyboard.down(' ');
    await becomes(asked(ui), [['call.setMuted', { muted: false }]]);
    ui.emit(unmuted);
    await page.keyboard.up(' ');
    await becomes(() => asked(ui)().at(-1), ['call.setMuted', { muted: true }]);
    ui.emit(muted);
    await becomes(
      () => page.getByRole('button', { name: 'Mute' }).getAttribute('aria-pressed'),
      'true',
    );
    await page.keyboard.down(' ');
    await becomes(() => asked(ui)().length, 3);
    await page.evaluate(() => window.dispatchEvent(new Event('blur')));
    await becomes(() => asked(ui)().at(-1), ['call.setMuted', { muted: true }]);
    await page.keyboard.up(' ');
    expect(asked(ui)()).toHaveLength(4);
  });

  test.for([
    ['the microphone', ['Mute'], [['call.setMuted', { muted: false }]]],
    ['the camera', ['Start camera'], [['call.startCamera', {}]]],
    ['the screen', ['Share screen'], [['call.startScreen', { deviceId: screen.id }]]],
    ['the sound, closed by a click', ['Sound', 'Done'], []],
  ] as const)('talks while space is held after a click: %s', async ([, names, clicked]) => {
    const microphone = { kind: 'on', muted: true } as const;
    const ui = await gallery.show({
      events: [...signedIn(), call(live, { microphone })],
      answers: {
        'camera.devices': { result: [screen] },
        'call.startScreen': { events: [call(live, { microphone, screen: { kind: 'starting' } })] },
      },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Share screen' }).waitFor();
    for (const name of names) await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    if (names[0] === 'Share screen') {
      await page.getByRole('button', { name: 'Stop sharing' }).waitFor();
    }
    await page.keyboard.down(' ');
    await page.keyboard.up(' ');
    await becomes<unknown>(
      () =>
        ui.requests
          .filter(({ method }) => /^call\.(?!setVisible)/.test(method))
          .map(({ method, params }) => [method, params]),
      [...clicked, ['call.setMuted', { muted: false }], ['call.setMuted', { muted: true }]],
    );
  });

  test('leaves the place of the next Tab where a button was clicked', async () => {
    const { page } = await show(muted);
    await page.getByRole('button', { name: 'Mute' }).click();
    await page.keyboard.press('Tab');
    await hasFocus(page, 'button Start camera');
  });

  test('leaves keys alone that belong to others: buttons, fields, dialogs and shortcuts', async () => {
    const ui = await show(muted);
    const { page } = ui;
    const mirror = page.getByRole('button', { name: 'Mirror my picture' });
    await mirror.focus();
    await page.keyboard.press(' ');
    await becomes(() => ui.requests.at(-1)?.method, 'settings.set');
    await page.getByRole('combobox', { name: 'Camera' }).focus();
    await page.keyboard.press('m');
    await mirror.focus();
    await page.keyboard.press('Control+m');
    await page.getByRole('button', { name: 'Sound' }).click();
    await page.getByRole('dialog', { name: 'Sound' }).waitFor();
    await page.keyboard.press(' ');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(asked(ui)()).toEqual([]);
    await page.keyboard.press('m');
    await becomes(asked(ui), [['call.setMuted', { muted: false }]]);
  });

  test.for(['Sound', 'Settings'])('is muted by M while “%s” is open', async (name) => {
    const devices = { inputs: [{ id: 'headset', label: 'Headset' }], outputs: [] };
    const ui = await gallery.show({
      events: [...signedIn(), unmuted],
      answers: { 'audio.devices': { result: devices } },
    });
    const { page } = ui;
    await page.getByRole('button', { name, exact: true }).click();
    const dialog = page.getByRole('dialog');
    const choice = dialog.getByRole('combobox', { name: 'Microphone' });
    await choice.getByText('Headset').waitFor({ state: 'attached' });
    await choice.press('m');
    await dialog.getByRole('slider', { name: 'Volume' }).press('m');
    await becomes(asked(ui), [['call.setMuted', { muted: true }]]);
    ui.emit(muted);
    await dialog.getByText('You’re muted.').waitFor();
    await dialog.getByRole('checkbox', { name: 'Reduce echo' }).press('m');
    await becomes(() => asked(ui)().at(-1), ['call.setMuted', { muted: false }]);
    expect(asked(ui)()).toHaveLength(2);
  });

  test('that is off or failed is turned on by M', async () => {
    const denied = failure('RK_AUDIO_DENIED', 'The microphone may not be used here.');
    for (const state of [{ kind: 'off' }, { kind: 'failed', failure: denied }] as const) {
      const ui = await show(withMicrophone({ ...state, muted: false }));
      const button = ui.page.getByRole('button', { name: 'Turn on microphone' });
      expect(await button.getAttribute('aria-pressed')).toBeNull();
      await ui.page.keyboard.press('m');
      await becomes(asked(ui), [['call.startMicrophone', {}]]);
    }
  });

  test('that works has no failure of its own or of the switch, wherever it was started', async () => {
    const denied = failure('RK_AUDIO_DENIED', 'The microphone may not be used here.');
    const ui = await gallery.show({
      events: [...signedIn(), withMicrophone({ kind: 'off', muted: false })],
      answers: { 'call.startMicrophone': { error: denied } },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Turn on microphone' }).click();
    const shown = page.locator('.banner', { hasText: denied.message });
    await becomes(() => shown.count(), 1);
    await page.getByRole('button', { name: 'Sound' }).click();
    await page.getByRole('checkbox', { name: 'Microphone on' }).press(' ');
    await becomes(() => shown.count(), 2);
    ui.emit(unmuted);
    await becomes(() => shown.count(), 0);
  });

  test('and the other person’s show how loud it is, without a change of the page', async () => {
    const ui = await show(unmuted);
    const { page } = ui;
    ui.emit({ event: 'levels', microphone: 0.5, speaker: 0 });
    const scaleOf = (selector: string) => () =>
      page.locator(`${selector} .level > span`).evaluate((bar) => getComputedStyle(bar).scale);
    await becomes(scaleOf('.icon-button.microphone'), '1');
    expect(await scaleOf('.tile.remote .tile-label')()).toBe('0 1');
    ui.emit({ event: 'levels', microphone: 0, speaker: 0.5 });
    await becomes(scaleOf('.tile.remote .tile-label'), '1');
  });
});

describeWith('chromium', 'the sound of the page', () => {
  const gallery = useGallery();
  const played = ({ page }: TestUi) => page.evaluate(() => (window as unknown as Played).played);

  test('that the browser holds back is turned on by a button, which then goes', async () => {
    const ui = await gallery.show({ events: [...signedIn(), unmuted] });
    await offerSound({ isBlocked: true })(ui);
    const button = ui.page.getByRole('button', { name: 'Turn on sound' });
    await button.click();
    await button.waitFor({ state: 'detached' });
    expect(await played(ui)).toEqual(['resume']);
  });

  test('that is off by its volume is so in the name and the tooltip of its button', async () => {
    const ui = await gallery.show({ events: [...signedIn([], { volume: 0 }), unmuted] });
    const button = ui.page.locator('.controls').getByRole('button', { name: /^Sound/ });
    const text = 'Sound: the volume is off';
    await becomes(() => button.getAttribute('aria-label'), text);
    expect(await button.getAttribute('title')).toBe(text);
    const off = await button.locator('svg').innerHTML();
    ui.emit(...opening({ volume: 10 }));
    await becomes(() => button.getAttribute('aria-label'), 'Sound');
    expect(await button.locator('svg').innerHTML()).not.toBe(off);
  });

  test('is tested with the chosen devices, and the result is put into words', async () => {
    const chosen = { microphoneId: 'Headset', speakerId: 'Built-in' };
    const ui = await gallery.show({ events: signedIn([], chosen) });
    await offerSound({ echo: { unprocessedDb: -20, processedDb: -55 } })(ui);
    await ui.page.getByRole('button', { name: 'Settings' }).click();
    await ui.page.getByRole('button', { name: 'Test loudspeaker and echo' }).click();
    await ui.page.getByText('what your loudspeaker plays is removed').waitFor();
    expect(await played(ui)).toEqual(['tone Built-in', 'echo Headset,Built-in']);
  });

  test('has a test of the microphone that its button stops', async () => {
    const ui = await gallery.show({ events: signedIn() });
    const { page } = ui;
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Test microphone' }).click();
    await page.getByText('Speak: the bar should move.').waitFor();
    await page.getByRole('button', { name: 'Stop test' }).click();
    await page.getByRole('button', { name: 'Test microphone' }).waitFor();
    await becomes(
      () => ui.requests.map(({ method }) => method).filter((method) => method.endsWith('Test')),
      ['audio.startTest', 'audio.stopTest'],
    );
  });

  test('plays its tone also without a microphone, which the result says', async () => {
    const ui = await gallery.show({ events: signedIn() });
    await offerSound({})(ui);
    await ui.page.getByRole('button', { name: 'Settings' }).click();
    await ui.page.getByRole('button', { name: 'Test loudspeaker and echo' }).click();
    await ui.page.getByText('Echo can’t be tested without a microphone.').waitFor();
  });
});

interface Played {
  readonly played: readonly string[];
}

describe('a meter', () => {
  test.for([
    [0, 0],
    [0.001, 0],
    [0.0224, 0.5],
    [0.3, 1],
    [1, 1],
  ] as const)('of the level %d fills %d', ([level, share]) => {
    expect(meterShare(level)).toBeCloseTo(share, 1);
  });
});

test.for([
  [-60, -90, 'doesn’t hear the loudspeaker'],
  [-20, -55, 'is removed'],
  [-20, -35, 'A little echo'],
  [-20, -22, 'Use headphones'],
] as const)('an echo of %d dB, and %d dB with cancellation, is put into words', (all) => {
  const [unprocessedDb, processedDb, words] = all;
  expect(echoText({ unprocessedDb, processedDb })).toContain(words);
});
