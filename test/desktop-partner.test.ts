import { expect, it, vi } from 'vitest';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { Desktop } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { meet, openTwo, pictureOf } from './support/people.js';

vi.setConfig({ testTimeout: 300_000 });

describeWith('chromium', 'two people at two desktop apps', () => {
  it('both see a notice of a wrong password, and meet with the right one', async () => {
    const [grace, ada] = await openTwo();
    await grace.window.createRoom('Lab', 'the right one');
    await grace.window.join('Lab');
    await ada.window.room('Lab').filter({ hasText: /Open/ }).waitFor();
    await ada.window.join('Lab', 'a wrong one');

    await ada.window.heading('The password did not fit').waitFor();
    await grace.window.notices.getByText('password').first().waitFor();
    expect(await grace.window.partnersPicture.innerText()).toContain('Waiting for someone');

    await ada.window.button('Try another password').click();
    await ada.window.givePassword('the right one');
    expect(await ada.window.words()).toEqual(await grace.window.words());
  });

  it('find each other again after one app was killed in the call', async () => {
    const [grace, ada] = await openTwo();
    await meet(grace, ada, 'Boat', 'ahoy ahoy');
    await Promise.all([grace.window.startCamera(), ada.window.startCamera()]);
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');
    const before = await ada.window.words();
    await ada.window.partner.getByText('New on this computer').waitFor();

    await grace.desktop.kill();
    await ada.window.partnersPicture.getByText(/Reconnecting to \WGrace\W…/).waitFor();
    await grace.window.heading('Roomkey has closed').waitFor();

    const again = await Desktop.start(grace.desktop.shell);
    const window = await AppWindow.open(grace.browser, again.address);
    // The app remembers who is signed in, but not the room's password.
    await window.button('Account: Grace').waitFor();
    await window.join('Boat', 'ahoy ahoy');
    const words = await window.words();
    expect(words).not.toEqual(before);
    await expect.poll(() => ada.window.words(), { timeout: STEP_MS }).toEqual(words);
    await ada.window.partner.getByText('Same identity as before').waitFor();
    // Ada’s camera was on all the time.
    await pictureOf(window.partnersPicture.locator('canvas'), 'ada');
    await window.startCamera();
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');
  });
});
