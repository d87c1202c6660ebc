/** Floods: messages that a guest in a room can send in great numbers. */
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { videoHeader } from '@roomkey/core';
import { RecordType } from '#core/secure/records.js';
import { decodeAcknowledgement, encodeAcknowledgement } from '#core/wire/acknowledgement.js';
import type { AdmittedGuest } from './admitted-guest.js';

/** Begins a prepared flood; resolves when everything is sent and the host has answered. */
type Begin = () => Promise<void>;

/** Prepares a flood; sealing its records in advance lets it run at full speed. */
type Flood = (guest: AdmittedGuest) => Promise<Begin>;

const MILLION = 1_000_000;
/** The ids of the guest's first streams. */
const CAMERA = 1;
const SCREEN = 3;
/** A stream id that no flood uses. */
const LAST_STREAM = 65_535;
const FRAGMENT = new Uint8Array(16 * 1_024);
/** All but the last of the 64 fragments of a unit of 1 MiB. */
const FRAGMENTS_OF_LARGEST = 63;
/** Sealing takes longer than the host's timeout, so a byte is sent after this many records. */
const DRIP_EVERY = 50_000;
/** Control messages per second; the host ends a call at more than 100. */
const CONTROL_RATE = 90;
const SLOW_UNIT_MS = 10_000;

/** A unit of one byte, and its header. */
function tinyUnit(number: number): Uint8Array {
  const unit = { number, codec: 'jpeg', isKey: true, width: 1, height: 1, capturedAt: 0 } as const;
  return Buffer.concat([videoHeader(unit), Uint8Array.of(1)]);
}

export const floods = {
  /** As many as the credit allows: one more for each that the host took. */
  'tiny units within the credit': async (guest) => {
    await guest.open(CAMERA, 'camera');
    return async () => {
      const COUNT = MILLION / 5;
      let sent = 0;
      const sendUpTo = (limit: number): void => {
        const units: Buffer[] = [];
        for (; sent < Math.min(limit, COUNT); sent += 1) {
          units.push(guest.seal({ type: RecordType.data, stream: CAMERA }, tinyUnit(sent)));
        }
        void guest.write(Buffer.concat(units));
      };
      const taken = new Promise<void>((resolve) => {
        const stop = guest.onRecord(({ type, stream, plaintext }) => {
          if (type !== RecordType.acknowledgement || stream !== CAMERA) return;
          const { limit, received } = decodeAcknowledgement(plaintext);
          sendUpTo(limit);
          if (received < COUNT) return;
          stop();
          resolve();
        });
      });
      sendUpTo(1);
      await taken;
    };
  },
  /** Does not wait for credit, because the host's sink takes each at once. */
  'tiny units, all at once': async (guest) => {
    await guest.open(CAMERA, 'camera');
    const stream = { type: RecordType.data, stream: CAMERA } as const;
    return sealedAhead(guest, (number) => guest.seal(stream, tinyUnit(number)));
  },
  pings: (guest) => sealedAhead(guest, () => guest.seal({ type: RecordType.ping })),
  'pings, and nothing is read': async (guest) => {
    // Accepts the host's camera, and neither reads nor acknowledges it.
    guest.sendControl({ type: 'accept', stream: await hostsCamera(guest), limit: 8 });
    guest.stopReading();
    return sealedAhead(guest, () => guest.seal({ type: RecordType.ping }));
  },
  acknowledgements: async (guest) => {
    const stream = await hostsCamera(guest);
    guest.sendControl({ type: 'accept', stream, limit: 8 });
    const nothing = { received: 0, consumed: 0, limit: 8, connectionBytes: 0, arrivedAt: 0 };
    const acknowledgement = encodeAcknowledgement(nothing);
    return sealedAhead(guest, () =>
      guest.seal({ type: RecordType.acknowledgement, stream }, acknowledgement),
    );
  },
  'control messages': (guest) => {
    const unknown = new TextEncoder().encode('{"type":"flood"}');
    return sealedAhead(guest, () => guest.seal({ type: RecordType.control }, unknown));
  },
  'streams opened, as many as are allowed': async (guest) =>
    Promise.resolve(async () => {
      const protocol = 'x'.repeat(64);
      for (let count = 0; count < 10 * CONTROL_RATE; count += 1) {
        guest.sendControl({ type: 'open', stream: CAMERA + 2 * count, protocol });
        await delay(1_000 / CONTROL_RATE);
      }
    }),
  'two units of 1 MiB that never end': async (guest) => {
    await guest.open(CAMERA, 'camera');
    await guest.open(SCREEN, 'screen');
    return async () => {
      for (const stream of [CAMERA, SCREEN]) {
        const fields = { type: RecordType.data, stream, hasMore: true };
        for (let count = 0; count < FRAGMENTS_OF_LARGEST; count += 1) guest.send(fields, FRAGMENT);
      }
      await delay(SLOW_UNIT_MS / 2);
      guest.send({ type: RecordType.ping });
      await delay(SLOW_UNIT_MS / 2);
    };
  },
} as const satisfies Record<string, Flood>;

export type FloodName = keyof typeof floods;

/** The floods after which the host must end the call. */
export const forbidden: ReadonlySet<FloodName> = new Set(['control messages']);

/** A million records, sealed in advance; meanwhile only some bytes of the first are sent. */
async function sealedAhead(guest: AdmittedGuest, seal: (number: number) => Buffer): Promise<Begin> {
  const first = seal(0);
  const flood = Buffer.alloc(MILLION * first.length);
  flood.set(first);
  let dripped = 0;
  for (let number = 1; number < MILLION; number += 1) {
    flood.set(seal(number), number * first.length);
    if (number % DRIP_EVERY !== 0) continue;
    await guest.write(flood.subarray(dripped, dripped + 1));
    dripped += 1;
    await turn();
  }
  return async () => {
    await guest.write(flood.subarray(dripped));
    guest.resumeReading();
    // The host answers this after everything that was sent before.
    const refused = guest.control(({ type }) => type === 'refuse');
    guest.sendControl({ type: 'open', stream: LAST_STREAM, protocol: 'x' });
    await refused;
  };
}

/** The id of the stream of the host's camera. */
async function hostsCamera(guest: AdmittedGuest): Promise<number> {
  const open = await guest.control(({ type }) => type === 'open');
  return open.type === 'open' ? open.stream : NaN;
}
