import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigFolder, Inject } from '../container/index.js';
import { AudioDevices } from '../contracts/audio.js';
import { Camera } from '../contracts/camera.js';
import { Cipher } from '../contracts/cipher.js';
import { Discovery } from '../contracts/discovery.js';
import { Logger } from '../contracts/logger.js';
import { token } from '../contracts/token.js';
import { Transport } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import type { SignedIn } from '../people/accounts.js';
import type { KnownPeers } from '../people/known-peers.js';
import { PeopleToken, type People } from '../people/people.js';
import { RoomPasswords } from '../people/room-passwords.js';
import { announceRoom } from '../rooms/announce-room.js';
import { LiveRoomsToken, type LiveRooms } from '../rooms/live-rooms.js';
import { localAddresses } from '../rooms/local-addresses.js';
import { isCompatible, type RoomEntry } from '../rooms/room-entry.js';
import { RoomsToken, type Rooms } from '../rooms/rooms.js';
import { VisitedRoomsToken, type VisitedRooms } from '../rooms/visited-rooms.js';
import { equalBytes } from '../secure/bytes.js';
import { handshakeVersion } from '../secure/handshake-failure.js';
import { PROTOCOL_VERSION } from '../secure/handshake-messages.js';
import { derivePasswordSecret } from '../secure/room-parameters.js';
import { systemClock, type Clock } from '../util/clock.js';
import type { VideoCodec } from '../wire/index.js';
import { Call } from './call.js';
import type { CallRole, RoomPublisher } from './call-types.js';
import { GuessLimit } from './guess-limit.js';
import type { HostLocator } from './guest-connector.js';
import type { LetIn } from './lobby.js';
import { updateVisits } from './visit.js';

/** What `Calls` needs. */
export interface CallsOptions {
  readonly transport: Transport;
  readonly cipher: Cipher;
  readonly camera: Camera;
  readonly audio: AudioDevices;
  readonly discovery: Discovery;
  readonly rooms: Rooms;
  readonly live: LiveRooms;
  readonly visits: VisitedRooms;
  readonly logger: Logger;
  /** The folder of the data that detects a mistyped password of the user's own room. */
  readonly configFolder: string;
  /** The peers that each account has met. */
  readonly people: People;
  readonly clock?: Clock;
}

/** A room and the name of its owner. */
type OwnedRoom = Pick<RoomEntry, 'parameters'> & {
  readonly owner: Pick<RoomEntry['owner'], 'name'>;
};

/** Opens calls: the owner of a room hosts it, others are its guests. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #clock: Clock;
  readonly #open = new Set<Call>();

  constructor(
    @Inject({
      transport: Transport,
      cipher: Cipher,
      camera: Camera,
      audio: AudioDevices,
      discovery: Discovery,
      rooms: RoomsToken,
      live: LiveRoomsToken,
      visits: VisitedRoomsToken,
      logger: Logger,
      configFolder: ConfigFolder,
      people: PeopleToken,
    })
    options: CallsOptions,
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Passes an owner who is new, or whose identity has not changed. `open` checks the same; a host
   * program checks before it asks for the password, which may belong to a different owner's room.
   *
   * @throws RoomkeyError `RK_IDENTITY_MISMATCH`, after which the identity waits to be accepted;
   * `RK_STORAGE_DAMAGED`
   */
  async verifyOwner(account: SignedIn, { owner, parameters }: OwnedRoom): Promise<void> {
    const identity = parameters.host;
    if (equalBytes(identity, account.identity.publicKey)) return;
    await this.#peopleOf(account).verify({ name: owner.name, identity });
  }

  /**
   * Prepares a call; `Call.start` begins it. With a password this takes about a second.
   *
   * @param options.guesses `Call.guesses` of the previous call, if the password is the same and the
   * user did not type it again
   * @param options.isNewPassword whether the owner intends to change the password
   * @param options.letIn owner: who gets in without a question. Default: anyone who knows the
   * password; in a room without one, no one
   * @param options.codecs what this host program can receive; JPEG is always added
   * @throws RoomkeyError as `verifyOwner` does, before anything is dialed;
   * `RK_ROOM_PASSWORD_REQUIRED`, `RK_ROOM_PASSWORD_UNEXPECTED`; `RK_ROOM_PASSWORD_CHANGED` if the
   * owner last opened the room with a different password; `RK_HANDSHAKE_VERSION` if the room's
   * parameters are not allowed, or if its host has no protocol version in common with this one
   */
  async open(
    account: SignedIn,
    room: OwnedRoom & Pick<RoomEntry, 'id' | 'name'>,
    options: {
      readonly password?: string | undefined;
      readonly isNewPassword?: boolean;
      readonly guesses?: GuessLimit | undefined;
      readonly letIn?: LetIn | undefined;
      readonly codecs?: readonly VideoCodec[];
    } = {},
  ): Promise<Call> {
    const { codecs = ['jpeg'], guesses = new GuessLimit(), isNewPassword = false } = options;
    const { parameters } = room;
    const { letIn = parameters.mode === 1 ? 'anyone' : 'ask' } = options;
    await this.verifyOwner(account, room);
    const isHost = isOwner(account, room);
    if (!isHost) this.#requireCompatible(room.id);
    const passwordSecret = await passwordSecretOf(room, isHost, options.password);
    if (isHost && passwordSecret !== undefined) {
      try {
        await this.#passwords(account).verify(room, passwordSecret, { isNew: isNewPassword });
      } catch (error) {
        passwordSecret.fill(0);
        throw error;
      }
    }
    const role: CallRole = isHost
      ? { kind: 'host', publisher: this.#publisher(account, room), letIn }
      : { kind: 'guest', locator: this.#locator(room), guesses };
    const { id, name, owner } = room;
    const call = new Call(
      {
        id,
        name,
        owner: owner.name,
        parameters,
        account,
        ...(passwordSecret !== undefined && { passwordSecret }),
      },
      role,
      {
        ...this.#options,
        clock: this.#clock,
        codecs: [...new Set<VideoCodec>([...codecs, 'jpeg'])],
        people: this.#peopleOf(account),
      },
    );
    if (!isHost) {
      const { visits, logger } = this.#options;
      const record = { id, name, ownerName: owner.name, parameters };
      const viewer = account.identity.publicKey;
      updateVisits(call, { visits, account: viewer, room: record, clock: this.#clock, logger });
    }
    this.#open.add(call);
    call.on('state', ({ phase }) => {
      if (phase === 'ended') this.#open.delete(call);
    });
    return call;
  }

  /**
   * Whether a password would be the first one for the user's own room on this computer, so that a
   * mistyped one cannot be detected.
   */
  async isFirstPassword(
    account: SignedIn,
    room: Pick<RoomEntry, 'id' | 'parameters'>,
  ): Promise<boolean> {
    if (room.parameters.mode === 0 || !isOwner(account, room)) return false;
    return !(await this.#passwords(account).has(room));
  }

  /** Leaves the calls that have not ended. Idempotent. */
  async leaveAll(): Promise<void> {
    await Promise.all([...this.#open].map((call) => call.leave()));
  }

  /** Ignores a beacon that is not confirmed: it may be a recording of an old one. */
  #requireCompatible(id: string): void {
    const live = this.#options.live.get(id);
    if (live?.confirmed === true && !isCompatible(live)) {
      throw handshakeVersion('protocol version');
    }
  }

  #passwords({ identity }: SignedIn): RoomPasswords {
    return new RoomPasswords(this.#options.configFolder, identity, this.#options.logger);
  }

  #peopleOf({ identity }: SignedIn): KnownPeers {
    return this.#options.people.of(identity.publicKey);
  }

  #publisher(
    account: SignedIn,
    room: Pick<RoomEntry, 'id' | 'name' | 'parameters'>,
  ): RoomPublisher {
    const { discovery, live, logger, rooms } = this.#options;
    return {
      publish: async (port, signal) => {
        const elsewhere = live.get(room.id)?.addresses[0]?.host;
        // Only a warning: a replay of old beacons must not keep the owner out.
        if (elsewhere !== undefined) {
          logger.warn(
            `“${room.name}” is already open at ${elsewhere}. Leave it there, or guests may join either one.`,
          );
        }
        const stored = await rooms.publishEndpoint(account, room, () => localAddresses(port), {
          signal,
        });
        const facts = {
          room: room.parameters,
          full: false,
          port,
          minVersion: PROTOCOL_VERSION,
          maxVersion: PROTOCOL_VERSION,
          roomName: room.name,
          hostName: account.name,
        };
        try {
          const announced = await announceRoom(discovery, account.identity, facts, { signal });
          return {
            setFull: (full) => announced.update({ full }),
            stop: async () => {
              await Promise.all([announced.stop(), stored.stop()]);
            },
          };
        } catch (error) {
          await stored.stop();
          throw error;
        }
      },
    };
  }

  #locator(room: Pick<RoomEntry, 'id' | 'parameters'>): HostLocator {
    const { live, rooms } = this.#options;
    return {
      addresses: (signal) => rooms.lookupEndpoints(room, { signal }),
      refresh: () => {
        // That beacons cannot be received was reported when the search for rooms began.
        live.refresh().catch(() => undefined);
      },
      waitForChange: async (pauseMs, signal) => {
        const wake = new AbortController();
        const notice = ({ id }: { readonly id: string }): void => {
          if (id === room.id) wake.abort();
        };
        const unsubscribe = [live.on('found', notice), live.on('changed', notice)];
        try {
          await sleep(pauseMs, undefined, { signal: AbortSignal.any([wake.signal, signal]) });
        } catch (error) {
          signal.throwIfAborted();
          if (!wake.signal.aborted) throw error;
        } finally {
          for (const stop of unsubscribe) stop();
        }
      },
    };
  }
}

export const CallsToken = token<Calls>('calls');

function isOwner({ identity }: SignedIn, { parameters }: Pick<RoomEntry, 'parameters'>): boolean {
  return equalBytes(parameters.host, identity.publicKey);
}

async function passwordSecretOf(
  { name, parameters }: Pick<RoomEntry, 'name' | 'parameters'>,
  isOwn: boolean,
  password: string | undefined,
): Promise<Uint8Array | undefined> {
  if (parameters.mode === 1) {
    // An empty one is a mistake: a variable that is set to nothing, or Enter at a prompt.
    if (password !== undefined && password !== '')
      return await derivePasswordSecret(password, parameters);
    throw new RoomkeyError(
      'RK_ROOM_PASSWORD_REQUIRED',
      isOwn
        ? `Your room “${name}” needs a password. Enter the one that your guests know, or choose one now.`
        : `The room “${name}” has a password. Enter it, or ask its owner.`,
    );
  }
  if (password === undefined) return undefined;
  throw new RoomkeyError(
    'RK_ROOM_PASSWORD_UNEXPECTED',
    `“${name}” doesn’t need a password. Check its owner to be sure that it’s the right room, or join without a password.`,
  );
}
