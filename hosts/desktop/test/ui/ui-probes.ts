import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { STEP_MS } from '../../../../test/support/app-window.js';
import type { TestUi } from './gallery.js';

/** Queries for tests of the UI. */

/** The focused element, as a screen reader names it: role, name. */
export async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const labels = (element as HTMLInputElement).labels ?? [];
    const label = element.ariaLabel ?? labels[0]?.textContent ?? element.textContent;
    return `${element.getAttribute('role') ?? element.tagName.toLowerCase()} ${label}`;
  });
}

/** Presses Tab until `name` has the focus. Fails with the passed elements. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 24; step += 1) {
    await page.keyboard.press('Tab');
    const here = await focused(page);
    if (here === name) return;
    passed.push(here);
  }
  throw new Error(`Tab does not lead to ${name}, but to ${passed.join('; ')}.`);
}

/** Waits for a value: focus and title may change after rendering. */
export const becomes = async <T>(look: () => T | Promise<T>, wanted: T): Promise<void> =>
  expect.poll(look, { timeout: STEP_MS }).toEqual(wanted);
export const hasFocus = (page: Page, name: string): Promise<void> =>
  becomes(() => focused(page), name);

/** The requests that a user made, without those that the page makes by itself. */
export const asked = ({ requests }: TestUi): TestUi['requests'] =>
  requests.filter(
    ({ method }) => !['camera.devices', 'audio.devices', 'call.setVisible'].includes(method),
  );

/** Waits until a text is visible. */
export const see = (page: Page, text: string): Promise<void> =>
  page.getByText(text).filter({ visible: true }).first().waitFor();

/** Contents of the live regions, from the browser's accessibility tree. */
export async function announced(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const textOf = (id: string): string => {
    const node = byId.get(id);
    if (node === undefined) return '';
    if (node.role?.value === 'StaticText') return String(node.name?.value);
    return (node.childIds ?? []).map(textOf).join('');
  };
  return nodes
    .filter(({ ignored, role }) => !ignored && ['status', 'alert'].includes(String(role?.value)))
    .map(({ nodeId }) => textOf(nodeId))
    .filter((text) => text !== '');
}

/** Waits until the live regions contain these texts. */
export const expectAnnounced = (page: Page, ...texts: readonly string[]): Promise<void> =>
  becomes(() => announced(page), [...texts]);
