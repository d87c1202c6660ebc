import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StorageChange } from '@roomkey/core';
import { MemoryBackend } from '@roomkey/core/conformance';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import type { PublishedEndpoint } from '../../src/rooms/endpoint-publication.js';
import { ada, HERE, TestMachine, settle, startWatch } from './test-machine.js';
import { Host } from './setup.js';

const byId = (rooms: Iterable<RoomEntry>) =>
  [...rooms].sort((a, b) => (a.id < b.id ? -1 : 1)).map((room) => ({ ...room }));

/** What can happen, by name; each is under way when the next one begins. */
type Happening =
  | 'create'
  | 'remove'
  | 'publish'
  | 'withdraw'
  | 'beacon'
  | 'farewell'
  | 'stranger'
  | 'put back'
  | 'tamper'
  | 'away'
  | 'back'
  | 'second'
  | 'turn';

/** A room of Ada's and a stranger's, a machine that watches, and another that writes. */
class Play {
  readonly disk = new MemoryBackend();
  readonly machine = new TestMachine(this.disk);
  readonly other = new TestMachine(this.disk);
  readonly stranger = new Host('cy', { roomName: 'Den' });
  #sequence = 0;
  #made: RoomEntry[] = [];
  #published: PublishedEndpoint[] = [];
  #old: { id: string; value: { sealed: string } } | undefined;

  async happen(what: Happening): Promise<void> {
    const { machine, other } = this;
    const [room] = this.#made;
    switch (what) {
      case 'create':
        this.#made.push(
          await other.rooms.create(ada, `Room ${String((this.#sequence += 1))}`, {
            password: false,
          }),
        );
        return;
      case 'remove':
        if (room !== undefined) await other.rooms.remove(ada, this.#made.shift()!.id);
        return;
      case 'publish':
        if (room === undefined) return;
        this.#published.push(await other.rooms.publishEndpoint(ada, room, () => [HERE]));
        return;
      case 'withdraw':
        await this.#published.shift()?.stop();
        return;
      case 'beacon':
        if (room === undefined) return;
        machine.discovery.hear(this.#host(room).beacon({ sequence: (this.#sequence += 1) }));
        return;
      case 'farewell':
        if (room === undefined) return;
        machine.discovery.hear(
          this.#host(room).beacon({ sequence: (this.#sequence += 1), farewell: true }),
        );
        return;
      case 'stranger':
        machine.discovery.hear(this.stranger.beacon({ sequence: (this.#sequence += 1) }));
        return;
      case 'put back': {
        const [document] = await other.storage.list('endpoints');
        if (document === undefined) return;
        if (this.#old?.id === document.id) {
          const { id, revision } = document;
          await other.storage.replace('endpoints', id, revision, this.#old.value);
        } else this.#old = document as unknown as { id: string; value: { sealed: string } };
        return;
      }
      case 'tamper': {
        const [document] = await other.storage.list('rooms');
        if (document === undefined) return;
        const value = { ...document.value, name: 'Vault' };
        await other.storage.replace('rooms', document.id, document.revision, value);
        return;
      }
      case 'away':
        machine.storage.goAway();
        return;
      case 'back':
        machine.storage.comeBack();
        return;
      case 'second':
        machine.clock.advance(1_000);
        return;
      case 'turn':
        await settle();
        return;
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#published.map((endpoint) => endpoint.stop()));
  }

  #host({ parameters, name }: RoomEntry): Host {
    return new Host('ada', { room: parameters, roomName: name, hostName: 'Ada' });
  }
}

const happening = fc.constantFrom<Happening>(
  ...(['create', 'remove', 'publish', 'withdraw', 'beacon', 'farewell', 'stranger'] as const),
  ...(['put back', 'tamper', 'away', 'back', 'second', 'turn'] as const),
);

describe('a watch', () => {
  test('comes to the list that is there, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 40 }),
        fc.array(happening, { maxLength: 20 }),
        async (before, during) => {
          const play = new Play();
          await play.machine.live.start();
          const under: Promise<unknown>[] = [];
          const happen = (what: Happening) =>
            under.push(play.happen(what).catch((error: unknown) => error));
          for (const what of before.filter((one) => one !== 'away'))
            await play.happen(what).catch(() => undefined);
          // It may fail: the store may be away before anything was read.
          const starting = startWatch(play.machine).catch(() => undefined);
          for (const what of during) {
            happen(what);
            await Promise.resolve();
          }
          await Promise.all(under);
          play.machine.storage.comeBack();
          const started = await starting;
          if (started === undefined) {
            await play.end();
            return;
          }
          const { watch, seen } = started;
          await settle();
          // One that did not notice that the store was away notices it by then.
          if (during.includes('away')) play.machine.clock.advance(60_000);
          await settle();
          expect(byId(seen.values())).toEqual(
            byId(await play.machine.rooms.list({ account: ada })),
          );
          await watch.stop();
          await play.end();
          // The live rooms' end, and the query for those that were only heard.
          expect(play.machine.clock.pendingTimers).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('does not go back to what is older than what it read', async () => {
    const disk = new MemoryBackend();
    const machine = new TestMachine(disk);
    const other = new TestMachine(disk);
    const lab = await other.rooms.create(ada, 'Lab', { password: false });
    let port = 1;
    const endpoint = await other.rooms.publishEndpoint(ada, lab, () => [{ ...HERE, port }]);
    const older = await other.storage.get('endpoints', lab.id);
    let tell: (change: StorageChange) => void = () => undefined;
    machine.storage.watch = (collection, onChange) => {
      if (collection === 'endpoints') tell = onChange;
      return Promise.resolve({ stop: () => Promise.resolve() });
    };
    const { watch, seen } = await startWatch(machine);
    const { list } = machine.storage;
    machine.storage.list = async (...given) => {
      if (given[0] !== 'endpoints') return await list(...given);
      port = 2;
      await endpoint.refresh();
      const read = await list(...given);
      tell({ type: 'put', document: older! });
      return read;
    };
    other.clock.advance(30_000);
    machine.clock.advance(60_000);
    await settle();
    expect(seen.get(lab.id)?.addresses).toEqual([{ ...HERE, port: 2 }]);
    await watch.stop();
    await endpoint.stop();
  });
});
