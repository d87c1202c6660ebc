import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeAcknowledgement, encodeFrame, type NumberedFrame } from '../../src/call/media.js';
import type { DeltaFrame, JpegFrame } from '../../src/contracts/camera.js';
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
import type { Close } from '../../src/secure/records.js';
import { derivePasswordSecret, roomId } from '../../src/secure/room-parameters.js';
import type { RoomMode, RoomParameters } from '../../src/secure/room-parameters.js';
import type { Session } from '../../src/secure/session.js';
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

type Encoding = Pick<JpegFrame, 'codec'> | Pick<DeltaFrame, 'codec' | 'isKey'>;

const bytes = (value: unknown): Uint8Array => fromHex(String(value));

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
    capabilities: inputs.capabilities as number,
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

function secretsOf(session: Session) {
  return {
    session_id: toHex(session.sessionId),
    attach: toHex(session.bindKey),
    traffic_c1_guest: toHex(session.trafficSecret(1, 'guest')),
    traffic_c1_host: toHex(session.trafficSecret(1, 'host')),
    traffic_c2_guest: toHex(session.trafficSecret(2, 'guest')),
    traffic_c2_host: toHex(session.trafficSecret(2, 'host')),
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
      for (const session of [guest, host]) {
        expect(secretsOf(session)).toEqual(expected.secrets);
        expect(session.words).toEqual(expected.words.words);
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

  it.each(['records', 'delta_records'] as const)(
    '%s: core seals and opens the same records, and moves to the next epoch',
    (which) => {
      const { epochs, records } = vectors[which];
      const [first] = epochs;
      const options = { now: () => 0, limits: { records: 3, bytes: 2 ** 32, age: 600_000 } };
      const sealer = new RecordSealer(testCipher(), bytes(first?.traffic), options);
      const opener = new RecordOpener(testCipher(), bytes(first?.traffic), options);
      for (const { name, plaintext, record } of records) {
        const type = RecordType[name as keyof typeof RecordType];
        const sealed = concat(...sealer.seal(type, [bytes(plaintext)]));
        expect(toHex(sealed)).toBe(record);
        const opened = opener.open(sealed);
        expect({ type: opened.type, plaintext: toHex(opened.plaintext) }).toEqual({
          type,
          plaintext,
        });
      }
    },
  );

  it('records: core encodes the same plaintexts', () => {
    const plaintextOf = (name: string) =>
      vectors.records.records.find((record) => record.name === name)?.plaintext;
    const picture = { width: 1280, height: 720, capturedAt: 1_700_000_000_123.456 };
    const numbered = (number: number, encoding: Encoding, data: string): NumberedFrame => ({
      number,
      frame: { ...picture, ...encoding, data: fromHex(data) },
    });
    const jpeg = numbered(7, { codec: 'jpeg' }, 'ffd8ffd9');
    expect(toHex(concat(...encodeFrame(jpeg)))).toBe(plaintextOf('frame'));
    const delta = [
      numbered(8, { codec: 'h264', isKey: true }, '0000000165'),
      numbered(9, { codec: 'vp8', isKey: false }, '3101'),
    ];
    expect(delta.map((frame) => toHex(concat(...encodeFrame(frame))))).toEqual(
      vectors.delta_records.records.slice(0, 2).map(({ plaintext }) => plaintext),
    );
    expect(toHex(encodeAcknowledgement(7))).toBe(plaintextOf('acknowledgement'));
    const close: Close = { code: 0, reason: 'See you' };
    expect(toHex(encodeClose(close))).toBe(plaintextOf('close'));
    expect(decodeClose(bytes(plaintextOf('close')))).toEqual(close);
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
      capabilities: Number(expected.capabilities),
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
