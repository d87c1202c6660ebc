/** Two sides of a call in their own processes, with an optional relay between them. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toHex } from '#core/secure/bytes.js';
import { createIdentitySeed, identityFromSeed } from '#core/secure/identity.js';
import { createRoomParameters, type RoomMode } from '#core/secure/room-parameters.js';
import type { Pictures, SideArguments, SideMessage } from './call-side.js';
import { ADDRESSES, forkOn, type Machine } from './machines.js';
import { formatRoom } from './room-text.js';

export type Role = SideArguments['role'];

/** Replaces a side's port by another one to announce, such as that of a relay. */
export type MapPort = (role: Role, port: number) => number | Promise<number>;

export interface CallPairOptions {
  readonly mode: RoomMode;
  readonly pictures?: Pictures;
  readonly hasMicrophone?: boolean;
  readonly mapPort: MapPort;
  readonly onMessage: (role: Role, message: SideMessage) => void;
  /** Of the host and of the guest, as `twoMachines` makes them; absent: both on this one. */
  readonly machines?: readonly [Machine, Machine];
}

export class CallPair {
  readonly #sides: ChildProcess[] = [];
  readonly #options: CallPairOptions;

  private constructor(options: CallPairOptions) {
    this.#options = options;
  }

  /** Starts both; resolves when the host's room is open and the guest has started. */
  static async start(options: CallPairOptions): Promise<CallPair> {
    const pair = new CallPair(options);
    const { mode, pictures, hasMicrophone, machines } = options;
    const seed = createIdentitySeed();
    const room = formatRoom(createRoomParameters(identityFromSeed(seed).publicKey, mode));
    const common = {
      room,
      ...(mode === 1 && { passwordSecret: '07'.repeat(32) }),
      ...(pictures !== undefined && { pictures }),
      ...(hasMicrophone !== undefined && { hasMicrophone }),
    };
    try {
      const hostPort = await new Promise<number>((resolve, reject) => {
        const host = pair.#start({ ...common, role: 'host', seed: toHex(seed) });
        host.on('message', (message: SideMessage) => {
          if (message.is === 'open') resolve(message.port);
        });
        host.once('exit', () => reject(new Error('The host ended before its room was open.')));
      });
      const guestSeed = toHex(createIdentitySeed());
      const host = machines === undefined ? '127.0.0.1' : ADDRESSES[0];
      const hostAddress = { host, port: hostPort };
      pair.#start({ ...common, role: 'guest', seed: guestSeed, hostAddress });
      return pair;
    } catch (error) {
      pair.end();
      throw error;
    }
  }

  end(): void {
    for (const side of this.#sides) side.kill();
  }

  #start(side: SideArguments): ChildProcess {
    const { mapPort, onMessage, machines } = this.#options;
    const program = fileURLToPath(new URL('call-side.js', import.meta.url));
    const machine = machines?.[side.role === 'host' ? 0 : 1];
    const child = forkOn(machine, program, [JSON.stringify(side)]);
    this.#sides.push(child);
    child.on('message', (message: SideMessage) => {
      if (message.is === 'listening') {
        void Promise.resolve(mapPort(side.role, message.port)).then((port) => child.send(port));
      }
      onMessage(side.role, message);
    });
    return child;
  }
}
