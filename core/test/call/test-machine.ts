import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MemoryBroadcastDomain, MemoryBackend, MemoryDiscovery } from '@roomkey/core/conformance';
import type { Call } from '../../src/call/call.js';
import { Calls } from '../../src/call/calls.js';
import { MemoryNetwork } from '../../src/conformance/memory-transport.js';
import type { SignedIn } from '../../src/people/accounts.js';
import { People } from '../../src/people/people.js';
import { LiveRooms } from '../../src/rooms/live-rooms.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { Rooms } from '../../src/rooms/rooms.js';
import { VisitedRooms } from '../../src/rooms/visited-rooms.js';
import { FlakyStorage } from '../rooms/flaky-storage.js';
import { ManualClock, MemoryLogger } from '../rooms/setup.js';
import { testCipher } from '../support/cipher.js';
import { ManualAudio } from './manual-audio.js';
import { ManualCamera } from './test-network.js';

/** A computer; the shared store may be away for it. */
export class TestMachine {
  readonly storage: FlakyStorage;
  readonly clock = new ManualClock();
  readonly logger = new MemoryLogger();
  readonly camera = new ManualCamera();
  readonly people: People;
  readonly visits: VisitedRooms;
  readonly rooms: Rooms;
  /** The config folder of the user on this computer. */
  readonly configFolder = mkdtempSync(join(tmpdir(), 'roomkey-call-'));
  readonly live: LiveRooms;
  readonly #address: string;
  readonly #shared: SharedNetwork;

  constructor(shared: SharedNetwork, address: string) {
    this.#shared = shared;
    this.#address = address;
    this.storage = new FlakyStorage(shared.backend);
    const { storage, logger, clock } = this;
    this.live = new LiveRooms({ discovery: this.#discovery(), logger, clock });
    const directoryKey = new Uint8Array(32).fill(1);
    const { live, configFolder } = this;
    const visits = (this.visits = new VisitedRooms({ configFolder, logger }));
    onTestFinished(async () => {
      await visits.settled();
      rmSync(configFolder, { recursive: true, force: true });
    });
    const people = (this.people = new People({ configFolder }));
    const options = { storage, live, logger, clock, directoryKey, configFolder, people, visits };
    this.rooms = new Rooms({ ...options, cipher: testCipher });
  }

  /** Opens calls on this computer. */
  calls(): Calls {
    return new Calls({
      transport: this.#shared.memory.machine(this.#address),
      discovery: this.#discovery(),
      cipher: testCipher,
      live: this.live,
      configFolder: this.configFolder,
      people: this.people,
      visits: this.visits,
      rooms: this.rooms,
      camera: this.camera,
      audio: new ManualAudio(),
      logger: this.logger,
      clock: this.clock,
    });
  }

  async call(
    account: SignedIn,
    room: RoomEntry,
    options?: Parameters<Calls['open']>[2],
  ): Promise<Call> {
    await this.live.start();
    onTestFinished(() => this.live.stop());
    const call = await this.calls().open(account, room, { letIn: 'anyone', ...options });
    onTestFinished(() => call.leave());
    return call;
  }

  /** The logged warnings and errors. */
  get warnings(): string[] {
    return this.logger.lines
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ message }) => message);
  }

  #discovery(): MemoryDiscovery {
    return new MemoryDiscovery(this.#shared.domain, { host: this.#address });
  }
}

/** What the computers of a network share. */
export interface SharedNetwork {
  readonly backend: MemoryBackend;
  readonly domain: MemoryBroadcastDomain;
  readonly memory: MemoryNetwork;
}

export function createSharedNetwork(): SharedNetwork {
  return {
    backend: new MemoryBackend(),
    domain: new MemoryBroadcastDomain(),
    memory: new MemoryNetwork(),
  };
}
