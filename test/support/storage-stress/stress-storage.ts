import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { JsonObject, Storage, StorageChange } from '@roomkey/core';

/** A store that can be closed. */
export type ClosableStorage = Storage & { close(): Promise<void> };

/** A module with which a writer, which runs the build, opens the store. */
export interface Opener {
  open(options: JsonObject): ClosableStorage | Promise<ClosableStorage>;
}

/** The options of `stressStorage`. */
export interface StressOptions {
  /** URL of a JavaScript module that is an `Opener`. */
  readonly opener: URL;
  /** The argument of `open`. */
  readonly options: JsonObject;
  readonly processes: number;
  /** The number of operations of each process. */
  readonly operations: number;
  /** After this many writes a process is killed, and a new one takes its place. */
  readonly writesPerKill: number;
  /** Called after each acknowledged write with their number so far. */
  readonly onWrite?: (writes: number) => void;
}

/** The result of `stressStorage`. */
export interface StressReport {
  readonly kills: number;
  /** The number of acknowledged writes. */
  readonly writes: number;
  /** The store's errors after which it is unknown whether a write was done. */
  readonly unsure: readonly string[];
}

/** A line of writer.js. */
interface Line {
  readonly id?: string;
  readonly revision?: number;
  readonly token?: string;
  readonly inserted?: boolean;
  readonly removed?: boolean;
  readonly unsure?: string;
}

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));

/**
 * Lets processes change one collection at the same time while they are killed at random, and checks
 * that every acknowledged write is stored, once, and that a watch emitted it.
 *
 * @param storage this process's own store, for the watch and for reads
 */
export async function stressStorage(
  storage: Storage,
  options: StressOptions,
): Promise<StressReport> {
  const changes: StorageChange[] = [];
  const watch = await storage.watch('stress', (change) => changes.push(change));
  const { lines, kills } = await write(storage, options);

  // Waits for the change of a last write: then the watch has emitted all changes before it.
  const isUpToDate = new Promise<void>((resolve) => {
    void storage.watch('stress', (change) => {
      if (change.type === 'put' && change.document.id === 'last') resolve();
    });
  });
  const opener = (await import(options.opener.href)) as Opener;
  const other = await opener.open(options.options);
  await other.insert('stress', 'last', {});
  await other.close();
  await isUpToDate;
  await watch.stop();

  const documents = await storage.list('stress');
  const unsure = lines.flatMap((line) => line.unsure ?? []);
  // Each of these can leave one write that was done and not acknowledged.
  checkWrites(documents, lines, kills + unsure.length);
  checkChanges(documents, changes);
  const writes = lines.filter(({ id }) => id !== undefined).length;
  return { kills, writes, unsure };
}

type Documents = Awaited<ReturnType<Storage['list']>>;

function checkWrites(documents: Documents, lines: readonly Line[], unsaid: number): void {
  const found = new Map(documents.map((document) => [document.id, document]));
  expect(found.size).toBe(documents.length);

  // No lost update: every acknowledged token is stored, once.
  const tokens = documents.flatMap(({ value }) => (value['tokens'] as string[] | undefined) ?? []);
  expect(new Set(tokens).size).toBe(tokens.length);
  const acknowledged = lines.flatMap(({ token }) => token ?? []);
  expect(acknowledged.filter((token) => !tokens.includes(token))).toEqual([]);
  expect(tokens.length - acknowledged.length).toBeLessThanOrEqual(unsaid);

  // No id was inserted twice, no id has a revision twice, and every acknowledged write is stored.
  const slots = lines.flatMap(({ id, inserted }) => (inserted === true ? id : []));
  expect(new Set(slots).size).toBe(slots.length);
  const revisions = lines.flatMap(({ id, revision }) =>
    revision ? `${id ?? ''}@${revision}` : [],
  );
  expect(new Set(revisions).size).toBe(revisions.length);
  const last = new Map(lines.flatMap((line) => (line.id === undefined ? [] : [[line.id, line]])));
  const missing: string[] = [];
  for (const [id, { removed, revision = 0 }] of last) {
    const document = found.get(id);
    if (removed === true) expect(document).toBeUndefined();
    // Removed, and the process was killed before it printed that; own documents only.
    else if (document === undefined && id.startsWith('own-')) missing.push(id);
    else expect(document?.revision).toBeGreaterThanOrEqual(revision);
  }
  expect(missing.length).toBeLessThanOrEqual(unsaid);
}

/** Checks that the watch emitted all changes, in order. */
function checkChanges(documents: Documents, changes: readonly StorageChange[]): void {
  const seen = new Map<string, number>();
  for (const change of changes) {
    if (change.type === 'remove') seen.delete(change.id);
    else {
      const { id, revision } = change.document;
      expect(revision).toBeGreaterThan(seen.get(id) ?? 0);
      seen.set(id, revision);
    }
  }
  const stored = documents.map(({ id, revision }) => [id, revision]);
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(stored));
}

/** Runs the writers until all operations are done. */
async function write(storage: Storage, options: StressOptions) {
  const { opener, processes, operations, writesPerKill, onWrite } = options;
  const lines: Line[] = [];
  const running = new Set<ChildProcess>();
  onTestFinished(() => running.forEach((child) => child.kill('SIGKILL')));
  let kills = 0;
  let writes = 0;
  const wrote = () => {
    writes += 1;
    onWrite?.(writes);
    if (writes % writesPerKill !== 0) return;
    const victims = [...running];
    if (victims[Math.floor(Math.random() * victims.length)]?.kill('SIGKILL')) kills += 1;
  };
  const work = async (name: string): Promise<void> => {
    let operation = 0;
    for (let attempt = 0; operation < operations; attempt += 1) {
      const what = [opener.href, JSON.stringify(options.options), `${name}.${attempt}`];
      const args = [WRITER, ...what, String(operation), String(operations)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      running.add(child);
      const ended = once(child, 'close');
      let errors = '';
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      for await (const text of createInterface({ input: child.stdout })) {
        const line = JSON.parse(text) as Line;
        if (text === '{}') operation += 1;
        else lines.push(line);
        if (line.id !== undefined) wrote();
      }
      await ended;
      running.delete(child);
      expect(errors).toBe('');
    }
  };
  const workers = Array.from({ length: processes }, (_, n) => work(String(n)));
  const done = Promise.all(workers).then(() => true);
  // Reads at the same time must not fail on a partial write.
  const read = () => storage.list('stress').catch(ignoreAway);
  while (!(await Promise.race([done, read().then(() => false)])));
  return { lines, kills };
}

function ignoreAway(error: unknown): void {
  if ((error as { code?: string }).code !== 'RK_STORAGE_IO') throw error;
}
