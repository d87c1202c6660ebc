import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent } from '../../src/messages/index.js';
import { account, call, live, opening, ownRoom, room, rooms, signedIn } from './examples.js';
import { openBrowser, openGallery, type Gallery } from './gallery.js';

/** What has the focus, as a screen reader names it: role, name. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const labels = (element as HTMLInputElement).labels ?? [];
    const label = element.ariaLabel ?? labels[0]?.textContent ?? element.textContent;
    return `${element.getAttribute('role') ?? element.tagName.toLowerCase()} ${label}`;
  });
}

/** Presses Tab until `name` has the focus; says which were passed where it never does. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 24; step += 1) {
    await page.keyboard.press('Tab');
    const here = await focused(page);
    if (here === name) return;
    passed.push(here);
  }
  throw new Error(`Tab does not lead to ${name}, but to ${passed.join('; ')}.`);
}

/** What can only be seen after the page has drawn is waited for. */
const see = (page: Page, text: string): Promise<void> =>
  page.getByText(text).filter({ visible: true }).first().waitFor();

describeWith('chromium', 'with the keyboard alone', () => {
  let browser: Browser;
  let gallery: Gallery;
  beforeAll(async () => {
    browser = await openBrowser();
    gallery = await openGallery(browser);
  });
  afterAll(async () => {
    await gallery.close();
    await browser.close();
  });

  test('an account is made, a room created, called in, left and deleted', async () => {
    const made: AppEvent = {
      event: 'rooms',
      reset: false,
      rooms: [room(3, { name: 'Workshop', mine: true, password: true, unlocked: true })],
      lost: [],
    };
    const scene = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
      answers: {
        'account.create': { events: [...signedIn([]), { event: 'account', account }] },
        'rooms.create': { result: { id: room(3).id }, events: [made] },
        'call.join': { events: [call({ phase: 'waiting' }, { room: ownRoom })] },
        'call.startCamera': {
          events: [call(live, { room: ownRoom, camera: { kind: 'on', preview: true } })],
        },
        'call.leave': { events: [{ event: 'call', call: null }] },
      },
    });
    const { page } = scene;
    const { keyboard } = page;
    await see(page, 'Create your account');
    expect(await focused(page)).toBe('input Name');
    await keyboard.type('Marta Lindqvist');
    await keyboard.press('Tab');
    await keyboard.type('a long password');
    await keyboard.press('Enter');

    await see(page, 'No rooms yet');
    await tabTo(page, 'button Create room');
    await keyboard.press('Enter');
    expect(await focused(page)).toBe('input Name');
    await keyboard.type('Workshop');
    await keyboard.press('Tab');
    await keyboard.type('gravel plum lantern otter');
    await see(page, 'Strong.');
    await keyboard.press('Enter');

    await page.getByRole('option', { name: 'Workshop' }).waitFor();
    expect(await focused(page)).toBe('button Create room');
    await tabTo(page, 'listbox Rooms');
    await keyboard.press('Enter');

    await see(page, 'How your partner gets here');
    expect(await page.title()).toContain('Workshop');
    await tabTo(page, 'button Start camera');
    await keyboard.press('Space');
    await see(page, 'Same person as last time');
    expect(await focused(page)).toBe('button Stop camera');
    expect(await page.title()).toBe('Jonas – Roomkey');

    await tabTo(page, 'button Exit');
    await keyboard.press('Enter');
    await see(page, 'Leave the room?');
    await keyboard.press('Escape');
    expect(await focused(page)).toBe('button Exit');
    await keyboard.press('Enter');
    await tabTo(page, 'button Leave and delete');
    await keyboard.press('Enter');
    await page.getByRole('listbox').waitFor();
    expect(await focused(page)).toBe('listbox Rooms');

    expect(scene.requests.filter(({ method }) => method !== 'camera.devices')).toEqual([
      {
        method: 'account.create',
        params: { name: 'Marta Lindqvist', password: 'a long password' },
      },
      {
        method: 'rooms.create',
        params: { name: 'Workshop', password: 'gravel plum lantern otter' },
      },
      { method: 'call.join', params: { id: room(3).id } },
      { method: 'call.startCamera', params: {} },
      { method: 'call.leave', params: { deleteRoom: true } },
    ]);
  });

  test('a room is chosen by arrow keys, by letters, and its password asked for', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => room(1_000 + index));
    const scene = await gallery.show({ events: signedIn([...rooms, ...many]) });
    const { page } = scene;
    const { keyboard } = page;
    const chosen = page.locator('[role=option][aria-selected=true] .room-name');
    await page.getByRole('listbox').waitFor();
    expect(await focused(page)).toBe('listbox Rooms');
    // Only those in sight are there.
    expect(await page.getByRole('option').count()).toBeLessThan(60);

    await keyboard.press('End');
    await page.getByText('Room 10999').filter({ visible: true }).first().waitFor();
    expect(await chosen.textContent()).toBe('Room 10999');
    await keyboard.press('ArrowUp');
    expect(await chosen.textContent()).toBe('Room 10998');
    await keyboard.press('Home');
    await keyboard.press('ArrowDown');
    expect(await chosen.textContent()).toBe('Ward 4, night desk');
    const active = await page.getByRole('listbox').getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).getAttribute('aria-posinset')).toBe('2');

    await keyboard.press('Enter');
    await see(page, 'The owner of the room knows it.');
    await keyboard.press('Enter');
    await see(page, 'Type the password of the room.');
    await keyboard.press('Escape');
    expect(await focused(page)).toBe('listbox Rooms');

    await keyboard.type('grandp');
    expect(await page.getByRole('searchbox').inputValue()).toBe('grandp');
    expect(await chosen.textContent()).toBe('Grandparents');
    expect(scene.requests).toEqual([]);
  });

  test('a failure that comes when its window is gone is shown all the same', async () => {
    const scene = await gallery.show({
      events: signedIn(),
      answers: { 'call.join': 'never' },
    });
    const { page } = scene;
    await page.getByRole('listbox').waitFor();
    expect(await focused(page)).toBe('listbox Rooms');
    await page.keyboard.press('Enter');
    scene.tell(call({ phase: 'preparing' }));
    await see(page, 'Opening the room…');
    scene.tell({ event: 'call', call: null });
    await page.getByRole('listbox').waitFor();
    scene.cut();
    await see(page, 'does not answer at the moment');
  });

  test('a camera that starts can be stopped, while the browser still asks', async () => {
    const scene = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: { 'call.startCamera': 'never' },
    });
    const { page } = scene;
    await page.getByRole('button', { name: 'Start camera' }).press('Enter');
    scene.tell(call({ phase: 'waiting' }, { room: ownRoom, camera: { kind: 'starting' } }));
    await page.getByRole('button', { name: 'Stop camera' }).press('Enter');
    await expect
      .poll(() => scene.requests.map(({ method }) => method))
      .toContain('call.stopCamera');
  });
});
