import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { KnockView } from '../../src/messages/index.js';
import { call, knocking, knocks, live, openRoom, signedIn } from './examples.js';
import { useGallery, type TestUi } from './gallery.js';
import { asked, becomes, expectAnnounced, hasFocus, see, tabTo } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const [dora, carl] = knocks;
/** The owner waits, and no one asks. */
const alone = knocking();
const waiting = 'Waiting for someone to come';
const asks = ({ name }: KnockView): string => `\u2068${name}\u2069 wants to join`;
const letIn = ({ id }: KnockView) => ({ method: 'call.letIn', params: { id } }) as const;
const decline = ({ id }: KnockView) => ({ method: 'call.decline', params: { id } }) as const;

/** Holds the half second after a change of the card. @returns ends it */
async function holdPause(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    const real = window.setTimeout.bind(window);
    const held: (() => void)[] = [];
    Object.assign(window, {
      setTimeout: (act: () => void, ms?: number) => (ms === 500 ? held.push(act) : real(act, ms)),
      endPause: () => {
        for (const act of held.splice(0)) act();
      },
    });
  });
  return () => page.evaluate(() => (window as unknown as { endPause(): void }).endPause());
}

/** Waits until the buttons of the card take input, or do not. */
const takesInput = ({ page }: TestUi, does: boolean): Promise<void> =>
  becomes(() => page.getByRole('button', { name: 'Let in' }).isEnabled(), does);

describeWith('chromium', 'a guest who wants to join', () => {
  const gallery = useGallery();
  const show = (): Promise<TestUi> => gallery.show({ events: [...signedIn(), alone] });

  test('is the next stop of Tab, without taking the focus, which returns afterwards', async () => {
    const ui = await show();
    const { page } = ui;
    await page.getByRole('button', { name: 'Settings' }).focus();
    ui.emit(knocking(dora));
    await see(page, 'Dora wants to join');
    await hasFocus(page, 'button Settings');
    await page.keyboard.press('Tab');
    await becomes(() => page.evaluate(() => document.activeElement?.className), 'knock');
    // An Enter that was meant for what had the focus lets no one in.
    await takesInput(ui, true);
    await page.keyboard.press('Enter');
    await tabTo(page, 'button Let in');
    expect(asked(ui)).toEqual([]);
    await page.keyboard.press('Enter');
    await becomes(() => asked(ui), [letIn(dora)]);
    ui.emit(alone);
    await hasFocus(page, 'button Settings');
    await page.keyboard.press('Tab');
    await hasFocus(page, 'button Exit');
  });

  test('is shown with who they are, and others are counted', async () => {
    const ui = await show();
    const { page } = ui;
    ui.emit(knocking(...knocks));
    const card = page.getByRole('region', { name: 'Dora wants to join' });
    await card.getByText('and 2 more').waitFor();
    await card.getByText('New on this computer').waitFor();
    expect(await card.getByText('5e21').isVisible()).toBe(false);
    await card.getByText('Dora’s fingerprint').click();
    await card.getByText('5e21').waitFor();
    await becomes(() => page.title(), `${asks(dora)} – Workshop – Roomkey`);
    await page.getByRole('banner').getByText(asks(dora)).waitFor();
    ui.emit(knocking(carl));
    const next = page.getByRole('region', { name: 'Carl wants to join' });
    await next.getByText('Met before').waitFor();
    expect(await next.getByText('more').count()).toBe(0);
    // The fingerprint of another person is not open.
    expect(await next.getByText('91f3').isVisible()).toBe(false);
    ui.emit(alone);
    await becomes(() => page.title(), `${waiting} – Workshop – Roomkey`);
  });

  test('is decided about once, and a second click does not decide about the next one', async () => {
    const ui = await show();
    const { page } = ui;
    const endPause = await holdPause(page);
    ui.emit(knocking(dora, carl));
    await see(page, 'Dora wants to join');
    // A click that was meant for what the card has moved.
    await page.getByRole('button', { name: 'Let in' }).click({ force: true });
    await endPause();
    await takesInput(ui, true);
    await page.getByRole('button', { name: 'Not now' }).dblclick();
    await becomes(() => asked(ui), [decline(dora)]);
    ui.emit(knocking(carl));
    await see(page, 'Carl wants to join');
    await page.getByRole('button', { name: 'Let in' }).dblclick({ force: true });
    await page.getByRole('button', { name: 'Not now' }).press('Enter');
    await endPause();
    await takesInput(ui, true);
    await page.getByRole('button', { name: 'Let in' }).click();
    await becomes(() => asked(ui), [decline(dora), letIn(carl)]);
  });

  test('is not let in by an Enter that is still held for the one before', async () => {
    const ui = await show();
    const { page } = ui;
    const endPause = await holdPause(page);
    ui.emit(knocking(dora));
    await see(page, 'Dora wants to join');
    await endPause();
    await takesInput(ui, true);
    await page.getByRole('button', { name: 'Let in' }).focus();
    await page.keyboard.down('Enter');
    await becomes(() => asked(ui), [letIn(dora)]);
    ui.emit(knocking(carl));
    await see(page, 'Carl wants to join');
    await endPause();
    await takesInput(ui, true);
    await page.keyboard.down('Enter');
    await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    await hasFocus(page, 'button Let in');
    await page.keyboard.press('Enter');
    await becomes(() => asked(ui), [letIn(dora), letIn(carl)]);
  });

  test('is announced in one sentence, also one of the same name', async () => {
    const ui = await show();
    const { page } = ui;
    await expectAnnounced(page, waiting);
    const alerts = await page.evaluateHandle(() => {
      const texts: string[] = [];
      new MutationObserver((records) => {
        for (const { target, addedNodes } of records) {
          const region = target instanceof Element ? target.closest('[role=alert]') : null;
          if (region !== null && addedNodes.length > 0) texts.push(region.textContent);
        }
      }).observe(document.body, { childList: true, subtree: true });
      return texts;
    });
    ui.emit(knocking(dora));
    await expectAnnounced(page, waiting, asks(dora));
    // Of the others, nothing: the buttons are not about them.
    ui.emit(knocking(dora, carl));
    await see(page, 'and 1 more');
    const namesake = { ...carl, name: dora.name };
    ui.emit(knocking(namesake));
    await see(page, 'Met before');
    await expectAnnounced(page, waiting, asks(dora));
    ui.emit(alone);
    await expectAnnounced(page, waiting);
    expect(await alerts.jsonValue()).toEqual([asks(dora), asks(namesake)]);
    ui.emit(call(live, { room: openRoom }));
    await expectAnnounced(page, 'Connected to \u2068Jonas\u2069');
  });

  test('is shown, announced and reached in an open dialog', async () => {
    const ui = await show();
    const { page } = ui;
    await expectAnnounced(page, waiting);
    await page.getByRole('button', { name: 'Settings' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    ui.emit(knocking(dora));
    await expectAnnounced(page, asks(dora));
    await hasFocus(page, 'button Close');
    await page.keyboard.press('Tab');
    await tabTo(page, 'button Not now');
    await takesInput(ui, true);
    await page.keyboard.press('Enter');
    await becomes(() => asked(ui), [decline(dora)]);
    ui.emit(alone);
    await hasFocus(page, 'button Close');
    // Not announced again after the dialog.
    ui.emit(knocking(carl));
    await expectAnnounced(page, asks(carl));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await see(page, 'Carl wants to join');
    await expectAnnounced(page);
  });

  test('is visible in full screen, and the controls too', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live, { room: openRoom })] });
    const { page } = ui;
    await page.getByRole('button', { name: 'Full screen' }).press('Enter');
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor();
    ui.emit(knocking(dora));
    await takesInput(ui, true);
    await page.getByRole('button', { name: 'Leave full screen' }).click({ trial: true });
    await page.getByRole('button', { name: 'Exit' }).click({ trial: true });
    await page.getByRole('button', { name: 'Let in' }).click();
    await becomes(() => asked(ui), [letIn(dora)]);
  });
});

describeWith('chromium', 'a guest who was declined', () => {
  const gallery = useGallery();

  test('can go back to the rooms, and is not offered to try again', async () => {
    const { page } = await gallery.show({
      events: [
        ...signedIn(),
        call({
          phase: 'ended',
          end: {
            kind: 'failed',
            failure: { code: 'RK_ROOM_DECLINED', message: 'Jonas didn’t let you in.' },
          },
        }),
      ],
    });
    await page.getByRole('heading', { name: /Jonas\W didn’t let you in/ }).waitFor();
    expect(await page.getByRole('button').allTextContents()).toEqual(['Back to the rooms']);
  });
});
