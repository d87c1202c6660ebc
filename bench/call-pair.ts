/** Two sides of a call in processes of their own, with what stands between them. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toHex } from '#core/secure/bytes.js';
import { createIdentitySeed, identityFromSeed } from '#core/secure/identity.js';
import { createRoomParameters, type RoomMode } from '#core/secure/room-parameters.js';
import type { SideArguments, SideMessage } from './call-side.js';
import { formatRoom } from './room-text.js';

export type Role = SideArguments['role'];

/** What stands before a port: gives the port that is named in its place. */
export type Before = (role: Role, port: number) => number | Promise<number>;

export class CallPair {
  readonly #sides: ChildProcess[] = [];
  readonly #onMessage: (role: Role, message: SideMessage) => void;

  private constructor(onMessage: (role: Role, message: SideMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** Starts both; resolves when the host's room is open and the guest has begun. */
  static async start(options: {
    readonly mode: RoomMode;
    readonly pictureBytes?: number;
    readonly before: Before;
    readonly onMessage: (role: Role, message: SideMessage) => void;
  }): Promise<CallPair> {
    const pair = new CallPair(options.onMessage);
    const { mode, pictureBytes, before } = options;
    const seed = createIdentitySeed();
    const room = formatRoom(createRoomParameters(identityFromSeed(seed).publicKey, mode));
    const common = {
      room,
      ...(mode === 1 && { passwordSecret: '07'.repeat(32) }),
      ...(pictureBytes !== undefined && { pictureBytes }),
    };
    try {
      const hostPort = await new Promise<number>((resolve, reject) => {
        const host = pair.#start({ ...common, role: 'host', seed: toHex(seed) }, before);
        host.on('message', (message: SideMessage) => {
          if (message.is === 'open') resolve(message.port);
        });
        host.once('exit', () => reject(new Error('The host ended before its room was open.')));
      });
      const guestSeed = toHex(createIdentitySeed());
      pair.#start({ ...common, role: 'guest', seed: guestSeed, hostPort }, before);
      return pair;
    } catch (error) {
      pair.end();
      throw error;
    }
  }

  end(): void {
    for (const side of this.#sides) side.kill();
  }

  #start(side: SideArguments, before: Before): ChildProcess {
    const program = fileURLToPath(new URL('call-side.js', import.meta.url));
    const child = fork(program, [JSON.stringify(side)]);
    this.#sides.push(child);
    child.on('message', (message: SideMessage) => {
      if (message.is === 'listening') {
        void Promise.resolve(before(side.role, message.port)).then((port) => child.send(port));
      }
      this.#onMessage(side.role, message);
    });
    return child;
  }
}
