/**
 * A second implementation of `docs/protocol.md`, written from that page alone. Shares no code with
 * core and takes X25519, Ed25519 and Elligator2 from @noble/curves. Creates the published vectors,
 * so that core and the vectors cannot have the same error.
 */
import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import {
  _map_to_curve_elligator2_curve25519 as mapToCurve,
  ed25519,
  x25519,
} from '@noble/curves/ed25519.js';
import { wordlist } from '@scure/bip39/wordlists/english.js';

type Bytes = Uint8Array;

const ascii = (text: string): Buffer => Buffer.from(text, 'utf8');
const cat = (...parts: readonly Bytes[]): Buffer => Buffer.concat(parts);

/** An unsigned integer of `size` bytes, big-endian. */
function uint(value: number | bigint, size: number): Buffer {
  return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
}

const lv = (bytes: Bytes): Buffer => cat(uint(bytes.length, 2), bytes);
const hash = (name: 'sha256' | 'sha512', ...parts: readonly Bytes[]): Buffer =>
  createHash(name)
    .update(cat(...parts))
    .digest();
const hmac = (key: Bytes, ...parts: readonly Bytes[]): Buffer =>
  createHmac('sha512', key)
    .update(cat(...parts))
    .digest();

/** HKDF-Expand for up to three blocks. */
function hkdfExpand(secret: Bytes, info: Bytes, length: number): Buffer {
  const t1 = hmac(secret, info, uint(1, 1));
  const t2 = hmac(secret, t1, info, uint(2, 1));
  return cat(t1, t2).subarray(0, length);
}

const expand = (secret: Bytes, label: string, length: number): Buffer =>
  hkdfExpand(secret, ascii(`roomkey/1 ${label}`), length);

function gcm(key: Bytes, nonce: Bytes, aad: Bytes, plaintext: Bytes): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(aad);
  return cat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** Fixed bytes instead of random ones: SHA-512 of a name. */
const fixed = (name: string, length: number): Buffer =>
  hash('sha512', ascii(`roomkey/1 vectors: ${name}`)).subarray(0, length);

function hexed<T extends Record<string, unknown>>(values: T): Record<keyof T, unknown> {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  ]);
  return Object.fromEntries(entries) as Record<keyof T, unknown>;
}

/** The identities of the vectors. */
const people = {
  guest: { seed: fixed('guest identity', 32), name: 'Ada' },
  host: { seed: fixed('host identity', 32), name: 'Grace' },
};
const guestKey = Buffer.from(ed25519.getPublicKey(people.guest.seed));
const hostKey = Buffer.from(ed25519.getPublicKey(people.host.seed));

// a + combining diaeresis, which NFC joins
const PASSWORD = 'pa\u0308sswort';

function room(mode: 0 | 1) {
  const salt = fixed(`salt of the room with mode ${mode}`, 16);
  const iterations = mode === 1 ? 600_000 : 0;
  const idInput = cat(
    ascii('roomkey/1 room-id'),
    hostKey,
    salt,
    uint(mode, 1),
    uint(iterations, 4),
  );
  return { mode, salt, iterations, roomId: hash('sha256', idInput).subarray(0, 16) };
}
type Room = ReturnType<typeof room>;

/** CPace as in the draft, for the lengths that occur here (all below 128 except the padding's). */
function cpace(prs: Bytes, ci: Bytes, sid: Bytes) {
  const prefixed = (bytes: Bytes): Buffer => cat(uint(bytes.length, 1), bytes);
  const padding = Buffer.alloc(128 - 1 - (1 + prs.length) - (1 + 8));
  const ciLength = ci.length < 128 ? uint(ci.length, 1) : Buffer.from([(ci.length & 127) | 128, 1]);
  const generatorString = cat(
    prefixed(ascii('CPace255')),
    prefixed(prs),
    prefixed(padding),
    ciLength,
    ci,
    prefixed(sid),
  );
  const generatorHash = hash('sha512', generatorString).subarray(0, 32);
  const r = BigInt(`0x${Buffer.from(generatorHash).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  const { Fp } = ed25519.Point;
  const { xMn, xMd } = mapToCurve(r % Fp.ORDER);
  const generator = Buffer.from(Fp.toBytes(Fp.mul(xMn, Fp.inv(xMd))));
  const sessionKey = (K: Bytes, guestShare: Bytes, hostShare: Bytes): Buffer =>
    hash(
      'sha512',
      prefixed(ascii('CPace255_ISK')),
      prefixed(sid),
      prefixed(K),
      prefixed(guestShare),
      prefixed(ascii('guest')),
      prefixed(hostShare),
      prefixed(ascii('host')),
    );
  return { generatorString, generatorHash, generator, sessionKey };
}

function side(prk: Bytes, role: 'guest' | 'host', transcript: Bytes) {
  const { seed, name } = people[role];
  const confirmationKey = expand(prk, `conf ${role}`, 64);
  const confirmation = hmac(confirmationKey, transcript).subarray(0, 32);
  const key = expand(prk, `hs ${role} key`, 32);
  const iv = expand(prk, `hs ${role} iv`, 12);
  const signature = ed25519.sign(cat(ascii(`roomkey/1 sig ${role}`), transcript), seed);
  const plaintext = cat(ed25519.getPublicKey(seed), signature, lv(ascii(name)));
  const proof = gcm(key, iv, transcript, plaintext);
  return { confirmationKey, confirmation, key, iv, signature, plaintext, proof };
}

function handshake({ mode, salt, iterations, roomId }: Room, prs: Bytes | undefined) {
  const random = {
    n_I: fixed(`n_I, mode ${mode}`, 32),
    e_I: fixed(`e_I, mode ${mode}`, 32),
    y_I: fixed(`y_I, mode ${mode}`, 32),
    n_R: fixed(`n_R, mode ${mode}`, 32),
    e_R: fixed(`e_R, mode ${mode}`, 32),
    y_R: fixed(`y_R, mode ${mode}`, 32),
  };
  const { n_I, n_R } = random;
  const E_I = Buffer.from(x25519.getPublicKey(random.e_I));
  const E_R = Buffer.from(x25519.getPublicKey(random.e_R));
  const commit = hash('sha256', ascii('roomkey/1 commit'), n_I, E_I);
  const port = 40_001;
  const suites = cat(uint(1, 1), uint(1, 2));
  const F1 = cat(
    uint(1, 1),
    ascii('RKH1'),
    uint(1, 1),
    uint(1, 1),
    suites,
    uint(mode, 1),
    roomId,
    n_I,
    commit,
    uint(port, 2),
  );

  const sid = cat(n_I, n_R);
  const CI = cat(
    lv(ascii('roomkey/1 cpace')),
    lv(roomId),
    lv(hostKey),
    lv(salt),
    uint(iterations, 4),
  );
  const pake = prs && cpace(prs, CI, sid);
  const multiply = (scalar: Bytes, point: Bytes) => Buffer.from(x25519.scalarMult(scalar, point));
  const Y_I = pake ? multiply(random.y_I, pake.generator) : Buffer.alloc(0);
  const Y_R = pake ? multiply(random.y_R, pake.generator) : Buffer.alloc(0);
  const K = pake && multiply(random.y_I, Y_R);
  const ISK = pake && K ? pake.sessionKey(K, Y_I, Y_R) : Buffer.alloc(0);
  const F2 = cat(uint(2, 1), uint(1, 1), uint(1, 2), uint(mode, 1), n_R, E_R, lv(Y_R));

  const DH = multiply(random.e_R, E_I);
  const TH3 = hash('sha512', ascii('roomkey/1 th3'), lv(F1), lv(F2), lv(E_I), lv(Y_I));
  const PRK_input = cat(uint(mode, 1), lv(ISK), lv(DH));
  const PRK = hmac(TH3, PRK_input);
  const guest = side(PRK, 'guest', TH3);
  const F3 = cat(uint(3, 1), E_I, lv(Y_I), guest.confirmation, lv(guest.proof));
  const TH4 = hash('sha512', ascii('roomkey/1 th4'), lv(TH3), lv(F3));
  const host = side(PRK, 'host', TH4);
  const F4 = cat(uint(4, 1), host.confirmation, lv(host.proof));
  const TH5 = hash('sha512', ascii('roomkey/1 th5'), lv(TH4), lv(F4));
  const main_input = expand(PRK, 'main', 64);
  const M = hmac(TH5, main_input);

  const sas_transcript = hash('sha512', ascii('roomkey/1 sas'), lv(F1), lv(F2), lv(E_I));
  const sas_secret = hmac(sas_transcript, DH);
  const sas = expand(sas_secret, 'sas', 6);
  const bits = BigInt(`0x${sas.toString('hex')}`)
    .toString(2)
    .padStart(48, '0');
  const words = [0, 11, 22, 33].map(
    (start) => wordlist[parseInt(bits.slice(start, start + 11), 2)],
  );

  const secrets = {
    session_id: expand(M, 'session id', 16),
    attach: expand(M, 'attach', 32),
    traffic_c1_guest: expand(M, 'traffic c1 guest', 64),
    traffic_c1_host: expand(M, 'traffic c1 host', 64),
    traffic_c2_guest: expand(M, 'traffic c2 guest', 64),
    traffic_c2_host: expand(M, 'traffic c2 host', 64),
  };
  const values = {
    inputs: hexed({ listen_port: port, suites: [1], ...random }),
    shares: hexed({ E_I, E_R, commit, sid, CI, Y_I, Y_R }),
    cpace: pake
      ? hexed({
          generator_string: pake.generatorString,
          generator_hash: pake.generatorHash,
          generator: pake.generator,
          K,
          ISK,
        })
      : null,
    messages: hexed({ F1, F2, F3, F4 }),
    schedule: hexed({ DH, TH3, PRK_input, PRK, TH4, TH5, main_input, M }),
    guest: hexed(guest),
    host: hexed(host),
    words: { ...hexed({ sas_transcript, sas_secret, sas }), words },
    secrets: hexed(secrets),
  };
  return { values, secrets };
}

function attach({ attach: key, session_id }: { attach: Bytes; session_id: Bytes }) {
  const n = fixed('attach nonce', 16);
  const mac = (label: string) => hmac(key, ascii(label), session_id, n).subarray(0, 32);
  return hexed({
    n,
    attach: cat(uint(6, 1), session_id, n, mac('roomkey/1 attach')),
    attach_ok: cat(uint(7, 1), mac('roomkey/1 attach-ok')),
  });
}

/** Each control message as a peer can send it. */
function controlMessages() {
  const messages = [
    {
      type: 'hello',
      program: { name: 'Roomkey', version: '0.1.0' },
      protocols: [{ name: 'video/1', codecs: ['h264', 'vp8', 'jpeg'] }],
    },
    { type: 'open', stream: 1, protocol: 'video/1', kind: 'camera' },
    { type: 'open', stream: 2, protocol: 'acme.whiteboard/1' },
    { type: 'accept', stream: 2, limit: 8 },
    { type: 'refuse', stream: 2, reason: 'unknown-protocol' },
    { type: 'end', stream: 1, reason: 'stopped' },
    { type: 'key-frame', stream: 2 },
    { type: 'view', stream: 2, visible: false },
  ];
  return messages.map((message) => ({
    message,
    plaintext: ascii(JSON.stringify(message)).toString('hex'),
  }));
}

interface UnitFields {
  readonly layout: 0 | 1;
  readonly flags: number;
  readonly codec: number;
  readonly number: number;
  readonly captured_us: number;
  readonly width?: number;
  readonly height?: number;
  readonly content: Buffer;
}

function unitOf(fields: UnitFields) {
  const { layout, flags, codec, number, captured_us, width, height, content } = fields;
  const common = [uint(layout, 1), uint(flags, 1), uint(codec, 2), uint(number, 4)];
  const size = layout === 1 ? [uint(width ?? 0, 2), uint(height ?? 0, 2)] : [];
  return { ...fields, unit: cat(...common, uint(captured_us, 8), ...size, content) };
}

/** A unit of each kind; the contents are no real pictures. */
function units() {
  const captured_us = 1_700_000_000_123_456;
  const picture = { layout: 1, captured_us, width: 1280, height: 720 } as const;
  const content = (hex: string): Buffer => Buffer.from(hex, 'hex');
  return {
    jpeg: unitOf({ ...picture, flags: 1, codec: 1, number: 7, content: content('ffd8ffd9') }),
    h264_key: unitOf({ ...picture, flags: 1, codec: 2, number: 0, content: content('000001') }),
    vp8_delta: unitOf({ ...picture, flags: 0, codec: 3, number: 9, content: content('3101') }),
    vp9_discardable: unitOf({ ...picture, flags: 2, codec: 4, number: 10, content: content('86') }),
    av1_newest: unitOf({
      ...{ ...picture, flags: 1, codec: 5, number: 2 ** 32 - 1 },
      content: content('0a01'),
    }),
    bytes: unitOf({
      ...{ layout: 0, flags: 1, codec: 0, number: 3, captured_us },
      content: ascii('hi'),
    }),
  };
}

function acknowledgement() {
  const fields = {
    received: 10,
    consumed: 9,
    limit: 17,
    connection_bytes: 5_000_000_000,
    arrived_us: 1_700_000_000_133_456,
  };
  const plaintext = cat(
    uint(fields.received, 4),
    uint(fields.consumed, 4),
    uint(fields.limit, 8),
    uint(fields.connection_bytes, 8),
    uint(fields.arrived_us, 8),
  );
  return { ...fields, plaintext };
}

interface Plaintext {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly plaintext: Buffer;
}

const controlOf = (type: string): Plaintext => {
  const found = controlMessages().find(({ message }) => message.type === type);
  return { name: 'control', type: 34, plaintext: Buffer.from(found?.plaintext ?? '', 'hex') };
};
const ping: Plaintext = { name: 'ping', type: 35, plaintext: Buffer.alloc(0) };

function closeOf(code: number, reason: string): Plaintext {
  return { name: 'close', type: 37, plaintext: cat(uint(code, 2), lv(ascii(reason))) };
}

/** What the guest says on connection 1. */
function guestPlaintexts(): Plaintext[] {
  return [
    ping,
    controlOf('hello'),
    controlOf('open'),
    { name: 'data', type: 32, stream: 1, plaintext: units().h264_key.unit },
    { name: 'acknowledgement', type: 33, stream: 2, plaintext: acknowledgement().plaintext },
    closeOf(0, 'See you'),
  ];
}

/** What the host says there where connection 2 could not be made. */
function hostPlaintexts(): Plaintext[] {
  const route = { name: 'route', type: 36, plaintext: uint(1, 1) };
  return [controlOf('hello'), route, ping, controlOf('accept'), closeOf(1, '')];
}

/** One direction of a connection, whose sender moves to the next epoch after the third record. */
function direction(secret: Bytes) {
  const next = expand(secret, 'next', 64);
  const epochs = [secret, next].map((traffic) => ({
    traffic,
    key: expand(traffic, 'key', 32),
    iv: expand(traffic, 'iv', 12),
  }));
  const seal = ({ type, flags = 0, stream = 0, plaintext }: Plaintext, seq: number) => {
    const epoch = seq < 3 ? 0 : 1;
    const { key, iv } = epochs[epoch]!;
    const header = cat(
      ...[uint(type, 1), uint(flags, 1), uint(stream, 2), uint(epoch, 4), uint(seq, 8)],
    );
    const mask = cat(uint(0, 4), uint(seq, 8));
    const nonce = Buffer.from(iv.map((byte, index) => byte ^ mask[index]!));
    const record = cat(header, gcm(key, nonce, header, plaintext));
    return { type, flags, stream, epoch, seq, header, nonce, record };
  };
  return { epochs: epochs.map(hexed), seal };
}

function records(secret: Bytes, contents: readonly Plaintext[]) {
  const { epochs, seal } = direction(secret);
  const list = contents.map((content, seq) => {
    const { record, ...fields } = seal(content, seq);
    return hexed({ name: content.name, ...fields, plaintext: content.plaintext, record });
  });
  return { epochs, records: list };
}

/** A unit of three fragments, in records; what is long stands as its SHA-256. */
function fragments(secret: Bytes) {
  const { epochs, seal } = direction(secret);
  const content = Buffer.from(Array.from({ length: 40_000 }, (_, at) => at % 251));
  const fields = { flags: 1, codec: 1, number: 0, captured_us: 1_700_000_000_123_456 };
  const { unit } = unitOf({ ...fields, layout: 1, width: 1920, height: 1080, content });
  const list = [0, 1, 2].map((seq) => {
    const plaintext = unit.subarray(seq * 16_384, (seq + 1) * 16_384);
    const flags = seq < 2 ? 1 : 0;
    const { record, ...sealed } = seal(
      { name: 'data', type: 32, flags, stream: 2, plaintext },
      seq,
    );
    return hexed({
      ...sealed,
      plaintext_length: plaintext.length,
      plaintext_sha256: hash('sha256', plaintext),
      record_length: record.length,
      record_sha256: hash('sha256', record),
      tag: record.subarray(-16),
    });
  });
  return {
    content: '40000 bytes; the byte at offset i is i mod 251',
    unit_header: unit.subarray(0, 20).toString('hex'),
    unit_length: unit.length,
    unit_sha256: hash('sha256', unit).toString('hex'),
    epochs,
    records: list,
  };
}

function beacon(
  { mode, salt, iterations, roomId }: Room,
  kind: 'broadcast' | 'answer' | 'farewell',
) {
  const farewell = kind === 'farewell';
  const full = kind === 'answer';
  const fields = {
    flags: (mode === 1 ? 1 : 0) | (full ? 2 : 0) | (farewell ? 128 : 0),
    epoch: 1_700_000_000_000,
    sequence: farewell ? 4 : 3,
    port: 50_123,
    challenge: kind === 'answer' ? fixed('challenge', 16) : Buffer.alloc(16),
    room_name: 'Küche',
    host_name: people.host.name,
  };
  const names = cat(lv(ascii(fields.room_name)), lv(ascii(fields.host_name)));
  const signed = cat(
    ascii('RKB1'),
    uint(1, 1),
    uint(fields.flags, 1),
    uint(108 + names.length + 64, 2),
    roomId,
    uint(fields.epoch, 8),
    uint(fields.sequence, 4),
    hostKey,
    salt,
    uint(iterations, 4),
    uint(fields.port, 2),
    uint(1, 1),
    uint(1, 1),
    fields.challenge,
    names,
  );
  const signature = ed25519.sign(cat(ascii('roomkey/1 beacon'), signed), people.host.seed);
  return hexed({ ...fields, signed, signature, datagram: cat(signed, signature) });
}

function endpoint({ roomId }: Room) {
  const directoryKey = fixed('directory key', 32);
  const salt = fixed('endpoint salt', 16);
  const revision = 1_700_000_000_001;
  const expiresAt = 1_700_000_060_000;
  const addresses = [
    { host: '192.168.1.20', port: 50_123 },
    { host: 'fd00::20', port: 50_123 },
  ];
  const secret = hmac(salt, directoryKey);
  const output = hkdfExpand(secret, cat(ascii('roomkey/1 endpoint'), roomId), 44);
  const [key, nonce] = [output.subarray(0, 32), output.subarray(32)];
  const plaintext = cat(
    uint(addresses.length, 1),
    ...addresses.map(({ host, port }) => cat(lv(ascii(host)), uint(port, 2))),
  );
  const aad = cat(uint(1, 1), roomId, uint(revision, 8), uint(expiresAt, 8));
  const sealed = gcm(key, nonce, aad, plaintext);
  const signed = cat(uint(1, 1), salt, uint(revision, 8), uint(expiresAt, 8), sealed);
  const signature = ed25519.sign(
    cat(ascii('roomkey/1 endpoint'), roomId, signed),
    people.host.seed,
  );
  return {
    ...hexed({ directory_key: directoryKey, salt, revision, expires_at: expiresAt }),
    addresses,
    ...hexed({ secret, key, nonce, plaintext, aad, sealed, signed, signature }),
    record: cat(signed, signature).toString('hex'),
  };
}

/** All vectors in the format of `docs/vectors/roomkey-1.json`: bytes in hexadecimal. */
export function computeVectors() {
  const open = room(0);
  const locked = room(1);
  const password = ascii(PASSWORD.normalize('NFC'));
  const PRS = pbkdf2Sync(password, locked.salt, locked.iterations, 32, 'sha256');
  const passwordHandshake = handshake(locked, PRS);
  const openHandshake = handshake(open, undefined);
  return {
    protocol: 'roomkey/1',
    identities: {
      guest: hexed({ ...people.guest, public_key: guestKey }),
      host: hexed({ ...people.host, public_key: hostKey }),
    },
    rooms: {
      password: hexed({ ...locked, password: ascii(PASSWORD), password_nfc: password, PRS }),
      open: hexed(open),
    },
    password_handshake: passwordHandshake.values,
    open_handshake: openHandshake.values,
    attach: attach(passwordHandshake.secrets),
    control: controlMessages(),
    units: Object.fromEntries(Object.entries(units()).map(([name, unit]) => [name, hexed(unit)])),
    acknowledgement: hexed(acknowledgement()),
    guest_records: records(passwordHandshake.secrets.traffic_c1_guest, guestPlaintexts()),
    host_records: records(passwordHandshake.secrets.traffic_c1_host, hostPlaintexts()),
    fragments: fragments(passwordHandshake.secrets.traffic_c2_host),
    beacon: beacon(locked, 'broadcast'),
    answer: beacon(locked, 'answer'),
    farewell: beacon(open, 'farewell'),
    endpoint: endpoint(locked),
  };
}
