/** Room parameters as an argument of a program. */
import { fromHex, toHex } from '#core/secure/bytes.js';
import type { RoomMode, RoomParameters } from '#core/secure/room-parameters.js';

export function formatRoom({ host, salt, mode, iterations }: RoomParameters): string {
  return [toHex(host), toHex(salt), mode, iterations].join(' ');
}

export function parseRoom(text: string): RoomParameters {
  const [host = '', salt = '', mode, iterations] = text.split(' ');
  return {
    host: fromHex(host),
    salt: fromHex(salt),
    mode: Number(mode) as RoomMode,
    iterations: Number(iterations),
  };
}
