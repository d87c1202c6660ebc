/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { STEP_MS } from './support/app-window.js';
import { openAskedHomes, openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { openUser } from './support/people.js';

vi.setConfig({ testTimeout: 240_000 });

/** The password of `signUp`. */
const OLD = 'a password of mine';
const NEW = 'another one of mine';

describeWith('chromium', 'someone with an account in a desktop app', () => {
  it('signs out and in, changes the password, and deletes the account with its rooms', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-store-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // One store, like people who share a database: each sees the other’s rooms, open or closed.
    const homes = await openHomes(2, {}, { folder });
    const [grace, ada] = await Promise.all([
      openUser(homes[0]!, 'grace', 'none'),
      openUser(homes[1]!, 'ada', 'none'),
    ]);
    const { window } = grace;
    const isIn = (): Promise<void> => window.button('Account: Grace').waitFor();
    const signInPassword = window.signInForm.getByLabel('Password', { exact: true });
    await window.createRoom('Attic', 'sesame open');
    await window.createRoom('Boat');
    await ada.window.createRoom('Cellar');
    for (const room of ['Attic', 'Boat']) await ada.window.room(room).waitFor();
    await window.room('Cellar').waitFor();

    await window.signOut('Grace');
    await window.signIn('Grace', 'a wrong password');
    expect(await errorOf(signInPassword)).toContain('The name or the password is wrong.');
    await window.signIn('Grace', OLD);
    await isIn();
    await window.room('Attic').filter({ hasText: 'Yours' }).waitFor();

    await window.button('Account: Grace').click();
    await window.dialog('Grace').getByRole('button', { name: 'Change password…' }).click();
    const change = window.dialog('Change password');
    const oldPassword = change.getByLabel('Old password');
    await oldPassword.fill('a wrong password');
    await change.getByLabel('New password').fill(NEW);
    await change.getByRole('button', { name: 'Change password' }).click();
    expect(await errorOf(oldPassword)).toContain('This is not your password.');
    await oldPassword.fill(OLD);
    await change.getByRole('button', { name: 'Change password' }).click();
    await window.dialog('Grace').getByText('Your password was changed.').waitFor();
    await window.dialog('Grace').getByRole('button', { name: 'Done' }).click();

    await window.signOut('Grace');
    await window.signIn('Grace', OLD);
    expect(await errorOf(signInPassword)).toContain('The name or the password is wrong.');
    await window.signIn('Grace', NEW);
    await isIn();

    await window.button('Account: Grace').click();
    await window.dialog('Grace').getByRole('button', { name: 'Delete account…' }).click();
    const deletion = window.dialog('Delete your account?');
    await deletion.getByText(/Your 2 rooms, from everyone’s list: “Attic”, “Boat”/).waitFor();
    const password = deletion.getByLabel('Your password');
    await password.fill(OLD);
    await deletion.getByRole('button', { name: 'Delete account' }).click();
    expect(await errorOf(password)).toContain('This is not your password.');
    // Nothing is deleted yet.
    for (const room of ['Attic', 'Boat']) await ada.window.room(room).waitFor();
    await password.fill(NEW);
    await deletion.getByRole('button', { name: 'Delete account' }).click();
    await window.welcome.waitFor();
    for (const room of ['Attic', 'Boat']) {
      await ada.window.room(room).waitFor({ state: 'detached' });
    }
    await ada.window.room('Cellar').waitFor();
    await window.button('Sign in').click();
    await window.signIn('Grace', NEW);
    expect(await errorOf(signInPassword)).toContain('The name or the password is wrong.');
  });

  it('finds a room, whose beacons do not arrive, by a new query', async () => {
    const homes = await openAskedHomes();
    const [grace, ada] = await Promise.all([
      openUser(homes[0], 'grace', 'none'),
      openUser(homes[1], 'ada', 'none'),
    ]);
    await grace.window.createRoom('Attic');
    await grace.window.join('Attic');
    await grace.window.partnersPicture.getByText('Waiting for someone').waitFor();
    expect(await ada.window.room('Attic').count()).toBe(0);
    await ada.window.button('Refresh').click();
    await ada.window.room('Attic').filter({ hasText: /Open/ }).waitFor();
  });
});

/** The error beside a field. */
async function errorOf(field: Locator): Promise<string> {
  await expect.poll(() => field.getAttribute('aria-invalid'), { timeout: STEP_MS }).toBe('true');
  return await field.evaluate((input) =>
    (input.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.innerText)
      .join('\n'),
  );
}
