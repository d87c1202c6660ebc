import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { StorageChange } from '@roomkey/core';
import { TestFolder } from './support.js';

const PROCESSES = 6;
const OPERATIONS = 100;
/** One of the processes is killed after so many writes, and another begins in its place. */
const WRITES_PER_KILL = 40;

/** A write that was acknowledged, as writer.js prints it. */
interface Write {
  readonly id: string;
  readonly revision?: number;
  readonly token?: string;
  readonly inserted?: boolean;
  readonly removed?: boolean;
}

const folder = new TestFolder();
const running = new Set<ChildProcess>();
afterEach(() => running.forEach((child) => child.kill('SIGKILL')));

it('survives processes that write at once and are killed', { timeout: 120_000 }, async () => {
  const writes: Write[] = [];
  let kills = 0;

  /** Runs writers one after another until all operations are done. */
  const work = async (name: string): Promise<void> => {
    let operation = 0;
    for (let attempt = 0; operation < OPERATIONS; attempt += 1) {
      const script = fileURLToPath(new URL('writer.js', import.meta.url));
      const range = [String(operation), String(OPERATIONS)];
      const args = [script, folder.path, `${name}.${attempt}`, ...range];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      running.add(child);
      const ended = once(child, 'close');
      let complaint = '';
      child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
      for await (const line of createInterface({ input: child.stdout })) {
        if (line === '{}') {
          operation += 1;
          continue;
        }
        writes.push(JSON.parse(line) as Write);
        if (writes.length % WRITES_PER_KILL !== 0) continue;
        const victims = [...running];
        if (victims[Math.floor(Math.random() * victims.length)]?.kill('SIGKILL')) kills += 1;
      }
      await ended;
      running.delete(child);
      expect(complaint).toBe('');
    }
  };

  const storage = folder.open();
  const changes: StorageChange[] = [];
  await storage.watch('torture', (change) => changes.push(change));
  const workers = Array.from({ length: PROCESSES }, (_, n) => work(String(n)));
  const done = Promise.all(workers).then(() => true);
  // Whoever reads meanwhile never meets half a file.
  while (!(await Promise.race([done, storage.list('torture').then(() => false)])));
  expect(kills).toBeGreaterThan(5);

  // A last write, after which nothing of the dead is left; then every change was told.
  const told = new Promise<void>((resolve) => {
    void storage.watch('torture', (change) => {
      if (change.type === 'put' && change.document.id === 'last') resolve();
    });
  });
  const sweeper = folder.open();
  await sweeper.insert('torture', 'last', {});
  await sweeper.close();
  await told;

  const documents = await storage.list('torture');
  const found = new Map(documents.map((document) => [document.id, document]));
  expect(found.size).toBe(documents.length);

  // No lost update: every token that was acknowledged is there, once.
  const tokens = documents.flatMap(({ value }) => (value['tokens'] as string[] | undefined) ?? []);
  expect(new Set(tokens).size).toBe(tokens.length);
  const acknowledged = writes.flatMap(({ token }) => token ?? []);
  expect(acknowledged.filter((token) => !tokens.includes(token))).toEqual([]);
  // Each kill can have left one write that was done and not acknowledged.
  expect(tokens.length - acknowledged.length).toBeLessThanOrEqual(kills);

  // No id taken twice, no revision given twice, and everything that was acknowledged is there.
  const slots = writes.flatMap(({ id, inserted }) => (inserted === true ? id : []));
  expect(new Set(slots).size).toBe(slots.length);
  const revisions = writes.flatMap(({ revision }) => revision ?? []);
  expect(new Set(revisions).size).toBe(revisions.length);
  const last = new Map(writes.map((write) => [write.id, write]));
  // A kill between removing and saying so; own documents only.
  const unsaid: string[] = [];
  for (const { id, removed, revision = 0 } of last.values()) {
    const document = found.get(id);
    if (removed === true) expect(document).toBeUndefined();
    else if (document === undefined && id.startsWith('own-')) unsaid.push(id);
    else expect(document?.revision).toBeGreaterThanOrEqual(revision);
  }
  expect(unsaid.length).toBeLessThanOrEqual(kills);

  // The one who watched was told of all that there is, in order.
  const seen = new Map<string, number>();
  for (const change of changes) {
    if (change.type === 'remove') seen.delete(change.id);
    else {
      const { id, revision } = change.document;
      expect(revision).toBeGreaterThan(seen.get(id) ?? 0);
      seen.set(id, revision);
    }
  }
  expect(Object.fromEntries(seen)).toEqual(
    Object.fromEntries(documents.map(({ id, revision }) => [id, revision])),
  );

  await storage.close();
  expect(await readdir(folder.path)).toEqual(['torture.json']);
});
