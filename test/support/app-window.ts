import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** How long a step may take on a slow and busy computer, in ms. */
export const STEP_MS = 60_000;

/**
 * The page of a desktop app as a person uses it: finds elements by their names, like a screen reader.
 */
export class AppWindow {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(STEP_MS);
  }

  /** Opens the app's page at the address that the app printed. */
  static async open(browser: Browser | BrowserContext, address: string): Promise<AppWindow> {
    const window = new AppWindow(await browser.newPage());
    await window.page.goto(address);
    return window;
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name });
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name });
  }

  /** The notices. */
  get notices(): Locator {
    return this.page.getByRole('region', { name: 'Notices' });
  }

  /** The form of someone who has no account yet. */
  get welcome(): Locator {
    return this.page.getByRole('form', { name: 'Create your account' });
  }

  /** The room of this name, in the list. */
  room(name: string): Locator {
    return this.page.getByRole('listbox', { name: 'Rooms' }).getByRole('option', { name });
  }

  /** Creates an account, and waits for the list of rooms. */
  async signUp(name: string): Promise<void> {
    await this.welcome.getByLabel('Name', { exact: true }).fill(name);
    await this.welcome.getByLabel('Password', { exact: true }).fill('a password of mine');
    await this.welcome.getByRole('button', { name: 'Create account' }).click();
    await this.button(`Account: ${name}`).waitFor();
  }

  /** The form of someone who has an account and is signed out. */
  get signInForm(): Locator {
    return this.page.getByRole('form', { name: 'Welcome back' });
  }

  /** Submits the form for signing in. */
  async signIn(name: string, password: string): Promise<void> {
    await this.signInForm.getByLabel('Name', { exact: true }).fill(name);
    await this.signInForm.getByLabel('Password', { exact: true }).fill(password);
    await this.signInForm.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** Signs out, and waits for the form for signing in. */
  async signOut(name: string): Promise<void> {
    await this.button(`Account: ${name}`).click();
    await this.dialog(name).getByRole('button', { name: 'Sign out' }).click();
    await this.signInForm.waitFor();
  }

  /** Chooses an option in the settings, and closes them. */
  async choose(label: string, option: string): Promise<void> {
    await this.button('Settings').click();
    const dialog = this.dialog('Settings');
    await dialog.getByLabel(label, { exact: true }).selectOption({ label: option });
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  async createRoom(name: string, password?: string): Promise<void> {
    await this.button('Create room').first().click();
    const dialog = this.dialog('Create room');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    if (password !== undefined) await dialog.getByLabel('Password (optional)').fill(password);
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await this.room(name).waitFor();
  }

  /** Double-clicks a room of the list, and enters its password, if given. */
  async join(name: string, password?: string): Promise<void> {
    await this.room(name).dblclick();
    if (password !== undefined) await this.givePassword(password);
  }

  /** Enters a room's password in its dialog. */
  async givePassword(password: string): Promise<void> {
    const dialog = this.dialog(/^Join/);
    await dialog.getByLabel('Room password').fill(password);
    await dialog.getByRole('button', { name: 'Join', exact: true }).click();
  }

  /** The video of the own camera. */
  get ownPicture(): Locator {
    return this.page.getByRole('region', { name: 'Your video', exact: true });
  }

  /** The partner's video, or the text while there is none. */
  get partnersPicture(): Locator {
    return this.page.locator('.tile.remote');
  }

  /** The own screen, while it is shared. */
  get ownScreen(): Locator {
    return this.page.getByRole('region', { name: 'Your screen', exact: true });
  }

  /** The small tile of a participant, while their screen has the large one. */
  thumbnail(name: string): Locator {
    return this.page
      .locator('.tile.small:not(.local)')
      .and(this.page.getByRole('region', { name: `${name}’s video` }));
  }

  /** The details of the partner. */
  get partner(): Locator {
    return this.page.getByRole('region', { name: 'Who you talk to' });
  }

  /** The card of a guest who wants to join. */
  knock(name: string): Locator {
    return this.page.getByRole('region', { name: `${name} wants to join` });
  }

  /** Waits for a guest, and lets them in. */
  async letIn(name: string): Promise<void> {
    await this.knock(name).getByRole('button', { name: 'Let in' }).click();
  }

  async startCamera(): Promise<void> {
    await this.button('Start camera').click();
    await this.ownPicture.locator('video').waitFor();
  }

  async stopCamera(): Promise<void> {
    await this.button('Stop camera').click();
    await this.ownPicture.getByText('Your camera is off').waitFor();
  }

  /** Waits for the partner. @returns the security words */
  async words(): Promise<readonly string[]> {
    const list = this.page.getByRole('list', { name: /^Words (to compare|you both see)$/ });
    await list.waitFor();
    return await list.getByRole('listitem').allTextContents();
  }

  async showFigures(): Promise<void> {
    await this.button('Show figures').click();
    await this.page.getByLabel('Figures of the call').waitFor();
  }

  /** The figures of the call, by their labels. */
  async figures(): Promise<Readonly<Record<string, string>>> {
    const figures = this.page.getByLabel('Figures of the call');
    const [names, values] = await Promise.all([
      figures.getByRole('term').allTextContents(),
      figures.getByRole('definition').allTextContents(),
    ]);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  }

  /** Leaves the room, and keeps or deletes it if it is the user's own. */
  async exit(room: 'another’s' | 'delete' | 'keep'): Promise<void> {
    await this.button('Exit').click();
    if (room !== 'another’s') {
      const dialog = this.dialog('Leave the room?');
      await dialog.getByRole('button', { name: `Leave and ${room}` }).click();
    }
    await this.page.getByRole('heading', { level: 1, name: 'Rooms' }).waitFor();
  }
}
