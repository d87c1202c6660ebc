import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BindRequestVerifier,
  createBindRequest,
  verifyBindResponse,
} from '../../src/secure/reverse-connection.js';
import { decodeBeacon, encodeBeacon } from '../../src/secure/beacon.js';
import { concat, fromHex, toHex } from '../../src/secure/bytes.js';
import { cpaceGenerator, cpaceGeneratorString } from '../../src/secure/cpace.js';
import { openEndpoint, sealEndpoint } from '../../src/secure/endpoint.js';
import { identityFromSeed } from '../../src/secure/identity.js';
import {
  RecordOpener,
  RecordSealer,
  RecordType,
  decodeClose,
  encodeClose,
} from '../../src/secure/records.js';
import { derivePasswordSecret, roomId } from '../../src/secure/room-parameters.js';
import type { RoomMode, RoomParameters } from '../../src/secure/room-parameters.js';
import type { SecurityContext } from '../../src/secure/security-context.js';
import { decodeAcknowledgement, encodeAcknowledgement } from '../../src/wire/acknowledgement.js';
import { decodeControl, encodeControl, type ControlMessage } from '../../src/wire/control.js';
import {
  bytesHeader,
  readBytesUnit,
  readVideoUnit,
  videoHeader,
  type NumberedVideoUnit,
} from '../../src/wire/index.js';
import { MuxPair, openStream } from '../streams/mux-pair.js';
import { testCipher } from '../secure/aes-gcm.js';
import { shakeHands } from '../secure/peers.js';
import { computeVectors } from './reference.js';

const file = new URL('../../../docs/vectors/roomkey-1.json', import.meta.url);

/** The file: a tree of hexadecimal strings, numbers and lists. */
type Vectors = ReturnType<typeof computeVectors>;
let vectors: Vectors;

beforeAll(() => {
  // Write the file only after a protocol change: ROOMKEY_WRITE_VECTORS=1 npx vitest run …
  if (process.env['ROOMKEY_WRITE_VECTORS'] === '1') {
    writeFileSync(file, `${JSON.stringify(computeVectors(), undefined, 2)}\n`);
  }
  vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
});

const bytes = (value: unknown): Uint8Array => fromHex(String(value));
const sha256 = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');
/** As the vectors go to the next epoch. */
const threeRecords = {
  now: () => 0,
  limits: { records: 3, bytes: 2 ** 32, age: 600_000 },
};

function roomOf(mode: RoomMode): RoomParameters {
  const { salt, iterations } = mode === 1 ? vectors.rooms.password : vectors.rooms.open;
  const host = bytes(vectors.identities.host.public_key);
  return { host, salt: bytes(salt), mode, iterations: Number(iterations) };
}

/** Core's handshake with the fixed values of the vectors. */
function shakeAsInVectors(mode: RoomMode) {
  const expected = mode === 1 ? vectors.password_handshake : vectors.open_handshake;
  const { inputs } = expected;
  const { guest, host } = vectors.identities;
  const common = {
    room: roomOf(mode),
    ciphers: [testCipher()],
    ...(mode === 1 && { passwordSecret: bytes(vectors.rooms.password.PRS) }),
  };
  const result = shakeHands({
    guest: {
      ...common,
      identity: identityFromSeed(bytes(guest.seed)),
      name: String(guest.name),
      listenPort: inputs.listen_port as number,
      ephemeral: { nonce: bytes(inputs.n_I), secret: bytes(inputs.e_I), scalar: bytes(inputs.y_I) },
    },
    host: {
      ...common,
      identity: identityFromSeed(bytes(host.seed)),
      name: String(host.name),
      ephemeral: { nonce: bytes(inputs.n_R), secret: bytes(inputs.e_R), scalar: bytes(inputs.y_R) },
    },
  });
  return { expected, ...result };
}

function secretsOf(security: SecurityContext) {
  return {
    session_id: toHex(security.sessionId),
    attach: toHex(security.bindKey),
    traffic_c1_guest: toHex(security.trafficSecret(1, 'guest')),
    traffic_c1_host: toHex(security.trafficSecret(1, 'host')),
    traffic_c2_guest: toHex(security.trafficSecret(2, 'guest')),
    traffic_c2_host: toHex(security.trafficSecret(2, 'host')),
  };
}

describe('docs/vectors/roomkey-1.json', () => {
  it('agrees with the formulas of docs/protocol.md', () => {
    expect(vectors).toEqual(computeVectors());
  });

  it('rooms: core computes the same ids and password secret', async () => {
    const { password, open } = vectors.rooms;
    expect(toHex(roomId(roomOf(1)))).toBe(password.roomId);
    expect(toHex(roomId(roomOf(0)))).toBe(open.roomId);
    const typed = new TextDecoder().decode(bytes(password.password));
    expect(toHex(await derivePasswordSecret(typed, roomOf(1)))).toBe(password.PRS);
    expect(password.password_nfc).not.toBe(password.password);
  });

  it('CPace: core computes the same generator', () => {
    const { shares, cpace } = vectors.password_handshake;
    const inputs = [vectors.rooms.password.PRS, shares.CI, shares.sid].map(bytes);
    const [prs, ci, sid] = inputs as [Uint8Array, Uint8Array, Uint8Array];
    expect(toHex(cpaceGeneratorString(prs, ci, sid))).toBe(cpace?.generator_string);
    expect(toHex(cpaceGenerator(prs, ci, sid))).toBe(cpace?.generator);
  });

  it.each([0, 1] as const)(
    'handshake: core computes the same messages and secrets in mode %i',
    (mode) => {
      const { expected, messages, guest, host } = shakeAsInVectors(mode);
      const { f1, f2, f3, f4 } = messages;
      expect({ F1: toHex(f1), F2: toHex(f2), F3: toHex(f3), F4: toHex(f4) }).toEqual(
        expected.messages,
      );
      for (const security of [guest, host]) {
        expect(secretsOf(security)).toEqual(expected.secrets);
        expect(security.words).toEqual(expected.words.words);
      }
    },
  );

  it('attach: core computes the same messages', () => {
    const { guest, host } = shakeAsInVectors(1);
    const request = createBindRequest(host, bytes(vectors.attach.n));
    expect(toHex(request)).toBe(vectors.attach.attach);
    const answer = new BindRequestVerifier(guest).verify(request);
    expect(toHex(answer)).toBe(vectors.attach.attach_ok);
    verifyBindResponse(host, request, answer);
  });

  it.each(['guest_records', 'host_records'] as const)(
    '%s: core seals and opens the same, and moves to the next epoch',
    (which) => {
      const { epochs, records } = vectors[which];
      const [first] = epochs;
      const sealer = new RecordSealer(testCipher(), bytes(first?.traffic), threeRecords);
      const opener = new RecordOpener(testCipher(), bytes(first?.traffic), threeRecords);
      for (const { name, type, stream, plaintext, record } of records) {
        expect(RecordType[name as keyof typeof RecordType]).toBe(type);
        const fields = { type: type as RecordType, stream: stream as number };
        const sealed = concat(...sealer.seal(fields, [bytes(plaintext)]));
        expect(toHex(sealed)).toBe(record);
        const opened = opener.open(sealed);
        expect({ ...opened, plaintext: toHex(opened.plaintext) }).toEqual({
          ...fields,
          hasMore: false,
          plaintext,
        });
      }
    },
  );

  it('records: there is one of each type', () => {
    const all = [...vectors.guest_records.records, ...vectors.host_records.records];
    const types = new Set(all.map(({ type }) => type));
    expect(types).toEqual(new Set(Object.values(RecordType)));
  });

  it('close: core gives the same plaintexts', () => {
    for (const [which, close] of [
      ['guest_records', { code: 0, reason: 'See you' }],
      ['host_records', { code: 1, reason: '' }],
    ] as const) {
      const last = vectors[which].records.at(-1);
      expect(toHex(encodeClose(close))).toBe(last?.plaintext);
      expect(decodeClose(bytes(last?.plaintext))).toEqual(close);
    }
  });

  it('control: core reads and writes the same messages, of every type', () => {
    for (const { message, plaintext } of vectors.control) {
      expect(decodeControl(bytes(plaintext))).toEqual(message);
      expect(toHex(encodeControl(message as ControlMessage))).toBe(plaintext);
    }
    const types = vectors.control.map(({ message }) => message.type);
    const every = ['hello', 'open', 'accept', 'refuse', 'end', 'key-frame', 'view'];
    expect([...new Set(types)]).toEqual(every);
  });

  it('acknowledgement: core reads and writes the same', () => {
    const { plaintext, ...fields } = vectors.acknowledgement;
    const said = {
      received: fields.received as number,
      consumed: fields.consumed as number,
      limit: fields.limit as number,
      connectionBytes: fields.connection_bytes as number,
      arrivedAt: (fields.arrived_us as number) / 1000,
    };
    expect(toHex(encodeAcknowledgement(said))).toBe(plaintext);
    expect(decodeAcknowledgement(bytes(plaintext))).toEqual(said);
  });

  it.each([
    ['jpeg', 'jpeg', true, false],
    ['h264_key', 'h264', true, false],
    ['vp8_delta', 'vp8', false, false],
    ['vp9_discardable', 'vp9', false, true],
    ['av1_newest', 'av1', true, false],
  ] as const)('unit %s: core reads and writes the same', (name, codec, isKey, isDiscardable) => {
    const { unit, ...fields } = vectors.units[name]!;
    const made: NumberedVideoUnit = {
      ...{ codec, isKey, isDiscardable },
      number: fields.number as number,
      width: fields.width as number,
      height: fields.height as number,
      capturedAt: (fields.captured_us as number) / 1000,
      data: bytes(fields.content),
    };
    expect(toHex(concat(videoHeader(made), made.data))).toBe(unit);
    expect(readVideoUnit(bytes(unit))).toEqual(made);
  });

  it('unit bytes: core reads and writes the same', () => {
    const { unit, ...fields } = vectors.units['bytes']!;
    const made = {
      number: fields.number as number,
      capturedAt: (fields.captured_us as number) / 1000,
      data: bytes(fields.content),
    };
    expect(toHex(concat(bytesHeader(made), made.data))).toBe(unit);
    expect(readBytesUnit(bytes(unit))).toEqual(made);
  });

  it('fragments: core cuts a unit into the same ones, seals them alike, and joins them', async () => {
    const { unit_header, unit_length, unit_sha256, epochs, records } = vectors.fragments;
    const data = Uint8Array.from({ length: 40_000 }, (_, at) => at % 251);
    const pair = new MuxPair();
    await pair.settle();
    const stream = openStream(pair.host);
    await pair.settle();
    stream.send({ header: () => bytes(unit_header), data });
    const [first] = epochs;
    const sealer = new RecordSealer(testCipher(), bytes(first?.traffic), threeRecords);
    const sent = pair.host.channel.records.map(({ plaintext, ...fields }) => {
      const record = concat(...sealer.seal(fields, [plaintext]));
      return {
        stream: fields.stream,
        flags: fields.hasMore ? 1 : 0,
        header: toHex(record.subarray(0, 16)),
        plaintext_length: plaintext.length,
        plaintext_sha256: sha256(plaintext),
        record_length: record.length,
        record_sha256: sha256(record),
        tag: toHex(record.subarray(-16)),
      };
    });
    expect(sent).toHaveLength(3);
    expect(records).toMatchObject(sent);
    await pair.settle();
    const [unit] = pair.guest.sinks[0]!.units;
    expect(unit).toHaveLength(unit_length);
    expect(sha256(unit!)).toBe(unit_sha256);
  });

  it.each([
    ['beacon', 1],
    ['answer', 1],
    ['farewell', 0],
  ] as const)('beacon: core gives the same %s', (name, mode) => {
    const expected = vectors[name];
    const fields = {
      room: roomOf(mode),
      epoch: Number(expected.epoch),
      sequence: Number(expected.sequence),
      farewell: name === 'farewell',
      full: name === 'answer',
      ...(name === 'answer' && { challenge: bytes(expected.challenge) }),
      port: Number(expected.port),
      minVersion: 1,
      maxVersion: 1,
      roomName: String(expected.room_name),
      hostName: String(expected.host_name),
    };
    const identity = identityFromSeed(bytes(vectors.identities.host.seed));
    expect(toHex(encodeBeacon(fields, identity))).toBe(expected.datagram);
    expect(decodeBeacon(bytes(expected.datagram))).toMatchObject(fields);
  });

  it('endpoint: core seals the same record, and opens it', () => {
    const { endpoint } = vectors;
    const seal = { directoryKey: bytes(endpoint.directory_key), cipher: testCipher() };
    const identity = identityFromSeed(bytes(vectors.identities.host.seed));
    const fields = {
      addresses: endpoint.addresses,
      revision: Number(endpoint.revision),
      expiresAt: Number(endpoint.expires_at),
    };
    const record = sealEndpoint(fields, roomOf(1), identity, seal, bytes(endpoint.salt));
    expect(toHex(record)).toBe(endpoint.record);
    const limits = { now: fields.expiresAt - 1, newestSeen: fields.revision };
    expect(openEndpoint(record, roomOf(1), seal, limits)).toEqual(fields);
  });
});
