import type { Side } from './browser-side.js';

/** Brings both sides into a room of the host: a live call without video and sound. */
export async function call(host: Side, guest: Side): Promise<void> {
  const sides = [host, guest];
  const password = 'a password of mine';
  for (const { name, page } of sides) {
    await page.evaluate((bench, account) => bench.request('account.create', account), {
      name,
      password,
    });
  }
  await host.page.evaluate((bench) => bench.request('rooms.create', { name: 'bench' }));
  const joined: Promise<unknown>[] = [];
  for (const { page } of sides) {
    const id = await page.evaluate((bench) => bench.room('bench'));
    joined.push(page.evaluate((bench, id) => bench.request('call.join', { id }), id));
  }
  await Promise.all(joined);
  await host.page.evaluate((bench) => bench.letIn());
  for (const { page } of sides) await page.evaluate((bench) => bench.live());
}
