import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, live, ownRoom, room, rooms, showing, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

/** Both topics change at once. */
const TWO_CHANGES = 'Jonas’s camera was disconnected. Jonas doesn’t share a screen.';

/** Collects every announcement in the polite live region. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const announcements: string[] = [];
    Object.assign(window, { announcements });
    new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const region = element?.closest('[role=status], [aria-live=polite]');
        const text = region?.textContent ?? '';
        if (text !== '') announcements.push(text.replaceAll(/[\u2068\u2069]/gu, ''));
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  return () =>
    page.evaluate(() => (window as unknown as { announcements: string[] }).announcements);
}

describeWith('chromium', 'screen readers hear', () => {
  const gallery = useGallery();

  test('one sentence about joining, whatever the intermediate states', async () => {
    const ui = await gallery.show({ events: signedIn() });
    await ui.page.getByRole('listbox').waitFor();
    const announcements = await listen(ui.page);
    ui.emit(call({ phase: 'deriving-key' }));
    for (const step of [
      call({ phase: 'preparing' }),
      call({ phase: 'searching' }),
      call({ phase: 'connecting', host: '192.168.1.23' }),
      call(live),
    ]) {
      // Each is rendered before the next one arrives.
      await ui.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
      ui.emit(step);
    }
    await becomes(announcements, ['Connected to Jonas']);
  });

  test('once that the host doesn’t recognize them, and once that it does', async () => {
    const ui = await gallery.show({ events: signedIn() });
    await ui.page.getByRole('listbox').waitFor();
    const announcements = await listen(ui.page);
    ui.emit(call({ phase: 'searching' }), call({ phase: 'connecting', host: '192.168.1.23' }));
    const waits = {
      phase: 'searching',
      lastPartner: { name: 'Jonas', kind: 'unaccepted' },
    } as const;
    ui.emit(call(waits));
    await becomes(announcements, ['Jonas doesn’t recognize you yet']);
    await ui.page.getByText('3f0c').waitFor();
    ui.emit(call(live));
    await becomes(announcements, ['Jonas doesn’t recognize you yet', 'Connected to Jonas']);
  });

  test('that the participant’s video pauses and goes on, once each', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live)],
      units: ['remote camera'],
    });
    const announcements = await listen(ui.page);
    const latest = async (): Promise<string | undefined> => (await announcements()).at(-1);
    await ui.page.locator('.remote .picture:not(.away)').waitFor();
    ui.spoilUnits('none');
    await becomes(latest, 'Jonas’s video is paused: slow connection.');
    ui.spoilUnits('good');
    await becomes(latest, 'Jonas’s camera is on.');
    const all = await announcements();
    expect(all.filter((text) => text.includes('paused'))).toHaveLength(1);
  });

  test('that the participant turns the camera off and on, shares a screen and stops', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const announcements = await listen(ui.page);
    const latest = async (): Promise<string | undefined> => (await announcements()).at(-1);
    await becomes(latest, 'Connected to Jonas');
    for (const [remote, sentence] of [
      [{ camera: { kind: 'off' } }, 'Jonas’s camera is off.'],
      [{}, 'Jonas’s camera is on.'],
      [{ screen: { kind: 'on' } }, 'Jonas shares their screen.'],
      [{ camera: { kind: 'off', reason: 'lost' } }, TWO_CHANGES],
    ] as const) {
      ui.emit(call(live, { remote: showing(remote) }));
      await becomes(latest, sentence);
    }
  });

  test('that the user shares a screen, and stops', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const announcements = await listen(ui.page);
    const latest = async (): Promise<string | undefined> => (await announcements()).at(-1);
    await becomes(latest, 'Connected to Jonas');
    ui.emit(call(live, { screen: { kind: 'on', preview: false } }));
    await becomes(latest, 'You’re sharing your screen.');
    ui.emit(call(live, { screen: { kind: 'on', preview: false }, screenAudio: true }));
    await becomes(latest, 'You’re sharing your screen with sound.');
    expect(await ui.page.getByText('Your screen with sound', { exact: true }).count()).toBe(1);
    ui.emit(call(live));
    await becomes(latest, 'Your screen isn’t shared.');
  });

  test('that the user’s camera turns on and off', async () => {
    const on = { room: ownRoom, camera: { kind: 'on', preview: false } } as const;
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
    });
    const announcements = await listen(ui.page);
    const latest = async (): Promise<string | undefined> => (await announcements()).at(-1);
    await becomes(latest, 'Waiting for someone to come');
    ui.emit(call({ phase: 'waiting' }, on));
    await becomes(latest, 'Your camera is on.');
    ui.emit(call({ phase: 'waiting' }, { room: ownRoom }));
    await becomes(latest, 'Your camera is off.');
  });

  test('that a microphone is muted and on again: the own one by its button, or once', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const announcements = await listen(ui.page);
    const latest = async (): Promise<string | undefined> => (await announcements()).at(-1);
    await becomes(latest, 'Connected to Jonas');
    const muted = { kind: 'on', muted: true } as const;
    ui.emit(call(live, { remoteMicrophone: muted }));
    await becomes(latest, 'Jonas is muted.');
    ui.emit(call(live, { microphone: muted, remoteMicrophone: { kind: 'off' } }));
    await becomes(latest, 'Jonas’s microphone is off. You’re muted.');
    // A screen reader reads the button's new state.
    await ui.page.getByRole('button', { name: 'Mute' }).focus();
    ui.emit(call(live));
    await becomes(latest, 'Jonas’s microphone is on.');
  });

  test('that rooms open and close, several in one sentence', async () => {
    const ui = await gallery.show({ events: signedIn() });
    await ui.page.getByRole('option', { name: 'Lab 12' }).waitFor();
    const announcements = await listen(ui.page);
    const lab = room(6, { name: 'Lab 12' });
    const rest = { event: 'rooms', reset: false, lost: [] } as const;
    const latest = async (): Promise<string | undefined> => (await announcements()).at(-1);
    ui.emit({ ...rest, rooms: [{ ...lab, live: true }] });
    await becomes(latest, 'Lab 12 is open now.');
    ui.emit({ ...rest, rooms: [lab] });
    await becomes(latest, 'Lab 12 is closed now.');
    ui.emit({ ...rest, rooms: [{ ...lab, live: true }] });
    await becomes(latest, 'Lab 12 is open now.');
    ui.emit({
      ...rest,
      rooms: [],
      lost: rooms.filter(({ live: is }) => is).map(({ id }) => id),
    });
    await becomes(latest, '2 rooms are closed now.');
    expect(await announcements()).toHaveLength(4);
  });

  test('nothing about rooms of an owner whose identity changed', async () => {
    const ui = await gallery.show({ events: signedIn() });
    await ui.page.getByRole('option', { name: 'Lab 12' }).waitFor();
    const announcements = await listen(ui.page);
    const rest = { event: 'rooms', reset: false, lost: [] } as const;
    const posed = room(7, { name: 'Ward 5', live: true, known: 'changed' });
    ui.emit({ ...rest, rooms: [posed, room(6, { name: 'Lab 12', live: true })] });
    await becomes(announcements, ['Lab 12 is open now.']);
    // Nor that it closed, once its owner turns out to have changed.
    const turned = room(6, { name: 'Lab 12', live: true, known: 'changed' });
    ui.emit({
      ...rest,
      rooms: [turned, room(8, { name: 'Shed', live: true })],
      lost: [posed.id],
    });
    await becomes(announcements, ['Lab 12 is open now.', 'Shed is open now.']);
  });
});
