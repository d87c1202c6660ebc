/// <reference lib="dom" />
import { openClient, RequestError, type Client } from '../../../src/ui/client/index.js';
import type { AppEvent } from '../../../src/messages/index.js';
import { createPlayer, type Player } from '../../../src/ui/video/index.js';

/** The page's state for tests. */
export interface Seen {
  readonly client: Client;
  readonly events: AppEvent[];
  /** Kind, track, number, codec and first byte of each unit. */
  readonly units: (readonly [number, string, number, string, number | undefined])[];
  /** The track, and the kind of its stream, or `none`. */
  readonly previews: string[];
  readonly connections: string[];
  readonly ends: string[];
  readonly player: Player;
  /** The answer, or code and message of the failure. */
  ask(...args: Parameters<Client['request']>): Promise<unknown>;
}

declare global {
  interface Window {
    seen: Seen;
    roomkey?: unknown;
  }
}

const client = await openClient();
const seen: Seen = {
  client,
  events: [],
  units: [],
  previews: [],
  connections: [],
  ends: [],
  // Its worker is a script of this page, like a plugin's.
  player: createPlayer(document.body.appendChild(document.createElement('canvas')), {
    onKeyFrameNeeded: () => undefined,
    onConsumed: () => undefined,
  }),
  ask: async (...args) => {
    try {
      return { result: await client.request(...args) };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { code: error.code, message: error.message };
    }
  },
};
client.onEvent((event) => seen.events.push(event));
client.onUnit(({ kind, track, unit }) => {
  seen.units.push([kind, track, unit.number, unit.codec, unit.data[0]]);
});
client.onPreviewStream((track, stream) => {
  seen.previews.push(`${track} ${stream?.getVideoTracks()[0]?.kind ?? 'none'}`);
});
client.onConnection((connection) => seen.connections.push(connection));
client.onClose((reason) => seen.ends.push(reason));
window.seen = seen;
