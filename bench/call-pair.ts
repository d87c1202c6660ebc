/** Two sides of a call in their own processes, with an optional relay between them. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toHex } from '#core/secure/bytes.js';
import { createIdentitySeed, identityFromSeed } from '#core/secure/identity.js';
import { createRoomParameters, type RoomMode } from '#core/secure/room-parameters.js';
import type { SideArguments, SideMessage } from './call-side.js';
import { formatRoom } from './room-text.js';

export type Role = SideArguments['role'];

/** Replaces a side's port by another one to announce, such as that of a relay. */
export type MapPort = (role: Role, port: number) => number | Promise<number>;

export class CallPair {
  readonly #sides: ChildProcess[] = [];
  readonly #onMessage: (role: Role, message: SideMessage) => void;

  private constructor(onMessage: (role: Role, message: SideMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** Starts both; resolves when the host's room is open and the guest has started. */
  static async start(options: {
    readonly mode: RoomMode;
    readonly pictureBytes?: number;
    readonly mapPort: MapPort;
    readonly onMessage: (role: Role, message: SideMessage) => void;
  }): Promise<CallPair> {
    const pair = new CallPair(options.onMessage);
    const { mode, pictureBytes, mapPort } = options;
    const seed = createIdentitySeed();
    const room = formatRoom(createRoomParameters(identityFromSeed(seed).publicKey, mode));
    const common = {
      room,
      ...(mode === 1 && { passwordSecret: '07'.repeat(32) }),
      ...(pictureBytes !== undefined && { pictureBytes }),
    };
    try {
      const hostPort = await new Promise<number>((resolve, reject) => {
        const host = pair.#start({ ...common, role: 'host', seed: toHex(seed) }, mapPort);
        host.on('message', (message: SideMessage) => {
          if (message.is === 'open') resolve(message.port);
        });
        host.once('exit', () => reject(new Error('The host ended before its room was open.')));
      });
      const guestSeed = toHex(createIdentitySeed());
      pair.#start({ ...common, role: 'guest', seed: guestSeed, hostPort }, mapPort);
      return pair;
    } catch (error) {
      pair.end();
      throw error;
    }
  }

  end(): void {
    for (const side of this.#sides) side.kill();
  }

  #start(side: SideArguments, mapPort: MapPort): ChildProcess {
    const program = fileURLToPath(new URL('call-side.js', import.meta.url));
    const child = fork(program, [JSON.stringify(side)]);
    this.#sides.push(child);
    child.on('message', (message: SideMessage) => {
      if (message.is === 'listening') {
        void Promise.resolve(mapPort(side.role, message.port)).then((port) => child.send(port));
      }
      this.#onMessage(side.role, message);
    });
    return child;
  }
}
