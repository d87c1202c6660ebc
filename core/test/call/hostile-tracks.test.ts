import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { HandshakeConnection } from '../../src/secure/handshake-connection.js';
import { CloseCode, decodeClose, encodeClose, RecordType } from '../../src/secure/records.js';
import type { Hello } from '../../src/wire/control.js';
import { audioHeader, bytesHeader, videoHeader, type VideoCodec } from '../../src/wire/index.js';
import { testCipher } from '../secure/aes-gcm.js';
import { delivered, hello, PeerConnection, settled } from './session-and-peer.js';
import {
  next,
  phase,
  hasTransportMode,
  testIdentity,
  TestNetwork,
  TrackRecorder,
} from './test-network.js';

/** A guest who holds the keys and sends what it likes. */
async function joinAs(network: TestNetwork, says: Hello): Promise<PeerConnection> {
  const [address] = await network.locator.addresses();
  const { identity, name } = await testIdentity('Eve');
  const handshake = new GuestHandshake({
    ...{ identity, name, room: network.parameters, ciphers: [testCipher()] },
    listenPort: 0,
  });
  const connection = await network.memory.machine('10.0.0.2').dial(address!);
  const handshakeConnection = new HandshakeConnection(connection);
  const options = { timeoutMs: 30_000 };
  connection.send([handshake.hello()]);
  connection.send([await handshakeConnection.next((f2) => handshake.exchange(f2), options)]);
  const session = await handshakeConnection.next((f4) => handshake.finish(f4), options);
  const far = new PeerConnection(connection, session, 1, { via: handshakeConnection });
  far.control(says);
  await delivered(() => far.descriptions.includes('route'));
  return far;
}

/** A host in a room without a password, with a hostile guest. */
async function hostileGuest(
  codecs?: readonly VideoCodec[],
): Promise<{ network: TestNetwork; host: Call; far: PeerConnection }> {
  const network = new TestNetwork(await testIdentity('Grace'), 0);
  const host = network.hostCall('10.0.0.1', undefined, undefined, codecs);
  await host.start();
  const far = await joinAs(network, hello);
  await phase(host, 'live', hasTransportMode);
  return { network, host, far };
}

/** What the guest was told of its stream: `refuse` with the reason, or `accept`. */
function answersTo(far: PeerConnection, stream: number): string[] {
  return far.records
    .filter(({ type }) => type === RecordType.control)
    .map(({ plaintext }) => JSON.parse(Buffer.from(plaintext).toString()) as Answer)
    .filter((answer) => answer.stream === stream)
    .map(({ type, reason }) => (reason === undefined ? type : `${type} ${reason}`));
}

const sound = { sequence: 0, capturedAt: 1, samples: 960, muted: false } as const;

interface Answer {
  readonly type: string;
  readonly stream?: number;
  readonly reason?: string;
}

/** Sends a picture of two bytes. */
function picture(far: PeerConnection, stream: number, codec: VideoCodec, number = 0): void {
  const header = videoHeader({ codec, isKey: true, number, capturedAt: 1, width: 4, height: 2 });
  far.send({ type: RecordType.data, stream }, header, Uint8Array.of(1, 2));
}

describe('a call', () => {
  it.each([
    ['of an unknown protocol', { protocol: 'acme.whiteboard/1' }, 'unknown-protocol'],
    ['of a later version', { protocol: 'video/2', kind: 'camera' }, 'unknown-protocol'],
    ['of video without a kind', { protocol: 'video/1' }, 'unknown-protocol'],
    ['of video of an unknown kind', { protocol: 'video/1', kind: 'hologram' }, 'unknown-protocol'],
    ['of sound without a kind', { protocol: 'audio/1' }, 'unknown-protocol'],
    ['of copies of no sound', { protocol: 'audio/1', kind: 'copy' }, 'not-wanted'],
  ] as const)('refuses a stream %s, and goes on', async (_, open, reason) => {
    const { host, far } = await hostileGuest();
    far.control({ type: 'open', stream: 1, ...open });
    await delivered(() => answersTo(far, 1).length > 0);
    expect(answersTo(far, 1)).toEqual([`refuse ${reason}`]);
    expect(host.tracks.size).toBe(0);
    const viewer = new TrackRecorder(host);
    far.control({ type: 'open', stream: 3, protocol: 'video/1', kind: 'camera' });
    picture(far, 3, 'jpeg');
    expect(await viewer.next()).toMatchObject({ codec: 'jpeg', width: 4, height: 2 });
  });

  it('refuses a second camera, takes a screen beside the first, and a camera after it', async () => {
    const { host, far } = await hostileGuest();
    far.control({ type: 'open', stream: 1, protocol: 'video/1', kind: 'camera' });
    far.control({ type: 'open', stream: 3, protocol: 'video/1', kind: 'camera' });
    far.control({ type: 'open', stream: 5, protocol: 'video/1', kind: 'screen' });
    await delivered(() => answersTo(far, 5).length > 0);
    expect([1, 3, 5].flatMap((stream) => answersTo(far, stream))).toEqual([
      ...['accept', 'refuse too-many', 'accept'],
    ]);
    expect([...host.tracks.keys()]).toEqual(['camera', 'screen']);
    far.control({ type: 'end', stream: 1, reason: 'stopped' });
    far.control({ type: 'open', stream: 7, protocol: 'video/1', kind: 'camera' });
    await delivered(() => answersTo(far, 7).length > 0);
    expect(answersTo(far, 7)).toEqual(['accept']);
  });

  it('refuses a second microphone, and takes copies beside the first, once', async () => {
    const { far } = await hostileGuest();
    for (const [index, kind] of ['microphone', 'microphone', 'copy', 'copy'].entries()) {
      far.control({ type: 'open', stream: 1 + 2 * index, protocol: 'audio/1', kind });
    }
    far.control({ type: 'end', stream: 5, reason: 'stopped' });
    far.control({ type: 'open', stream: 9, protocol: 'audio/1', kind: 'copy' });
    await delivered(() => answersTo(far, 9).length > 0);
    const answers = [1, 3, 5, 7, 9].flatMap((stream) => answersTo(far, stream));
    expect(answers).toEqual(['accept', 'refuse too-many', 'accept', 'refuse too-many', 'accept']);
  });

  it('refuses a second sound of a screen beside the first, and copies of it', async () => {
    const { far } = await hostileGuest();
    for (const [index, kind] of ['screen', 'screen', 'copy', 'microphone'].entries()) {
      far.control({ type: 'open', stream: 1 + 2 * index, protocol: 'audio/1', kind });
    }
    await delivered(() => answersTo(far, 7).length > 0);
    const answers = [1, 3, 5, 7].flatMap((stream) => answersTo(far, stream));
    expect(answers).toEqual(['accept', 'refuse too-many', 'refuse not-wanted', 'accept']);
  });

  it.each([
    ['of another layout', bytesHeader({ number: 0, capturedAt: 1 }), Uint8Array.of(1)],
    ['of 481 samples', audioHeader({ ...sound, samples: 481 }, 0), Uint8Array.of(1)],
    ['without a packet', audioHeader(sound, 0), new Uint8Array()],
    ['with a packet that is too long', audioHeader(sound, 0), new Uint8Array(1_276)],
  ])('is cut by a unit of sound %s, before it is played', async (_, header, data) => {
    const { host, far } = await hostileGuest();
    const heard: unknown[] = [];
    host.on('sound', (unit) => heard.push(unit));
    const notice = next(host, 'notice');
    far.control({ type: 'open', stream: 1, protocol: 'audio/1', kind: 'microphone' });
    far.send({ type: RecordType.data, stream: 1 }, header, data);
    expect(await notice).toMatchObject({ topic: 'refused', error: { code: 'RK_RECORD_INVALID' } });
    expect(heard).toEqual([]);
  });

  it('hears nothing of a microphone after its end, also not as copies', async () => {
    const { host, far } = await hostileGuest();
    const told: unknown[] = [];
    const heard: number[] = [];
    host.on('microphone', (state) => told.push(state));
    host.on('sound', ({ sequence }) => heard.push(sequence));
    far.control({ type: 'open', stream: 1, protocol: 'audio/1', kind: 'microphone' });
    far.control({ type: 'open', stream: 3, protocol: 'audio/1', kind: 'copy' });
    far.send({ type: RecordType.data, stream: 3 }, audioHeader(sound, 0), Uint8Array.of(1));
    far.control({ type: 'end', stream: 1, reason: 'stopped' });
    const later = audioHeader({ ...sound, sequence: 1, muted: true }, 1);
    far.send({ type: RecordType.data, stream: 3 }, later, Uint8Array.of(1));
    far.control({ type: 'end', stream: 3, reason: 'stopped' });
    far.control({ type: 'open', stream: 5, protocol: 'audio/1', kind: 'copy' });
    await delivered(() => answersTo(far, 5).length > 0);
    expect(heard).toEqual([0]);
    expect(told).toEqual([
      { isOn: true, isMuted: false },
      { isOn: false, reason: 'stopped' },
    ]);
  });

  it('is cut by more sound than time, however many microphones it comes from', async () => {
    const { host, far } = await hostileGuest();
    let heard = 0;
    host.on('sound', () => (heard += 1));
    const notice = next(host, 'notice');
    for (let stream = 1; stream < 20; stream += 2) {
      far.control({ type: 'open', stream, protocol: 'audio/1', kind: 'microphone' });
      for (let number = 0; number < 100; number += 1) {
        const header = audioHeader({ ...sound, sequence: number }, number);
        far.send({ type: RecordType.data, stream }, header, Uint8Array.of(1));
      }
      far.control({ type: 'end', stream, reason: 'stopped' });
    }
    expect(await notice).toMatchObject({ topic: 'refused', error: { code: 'RK_RECORD_INVALID' } });
    expect(heard).toBe(250);
  });

  it.each([
    ['camera', 'video/1'],
    ['microphone', 'audio/1'],
    ['screen', 'audio/1'],
  ])(
    'refuses a %s of %s that is opened again and again, and takes it later',
    async (kind, protocol) => {
      const { host, far, network } = await hostileGuest();
      let opened = 0;
      host.on('track', () => (opened += 1));
      host.on('microphone', ({ isOn }) => (opened += isOn ? 1 : 0));
      host.on('screenAudio', ({ isOn }) => (opened += isOn ? 1 : 0));
      const open = async (stream: number): Promise<string[]> => {
        far.control({ type: 'open', stream, protocol, kind });
        far.control({ type: 'end', stream, reason: 'stopped' });
        await delivered(() => answersTo(far, stream).length > 0);
        return answersTo(far, stream);
      };
      for (let stream = 1; stream < 20; stream += 2) expect(await open(stream)).toEqual(['accept']);
      expect(await open(21)).toEqual(['refuse too-many']);
      expect(opened).toBe(10);
      far.control({ type: 'open', stream: 23, protocol: 'video/1', kind: 'screen' });
      await delivered(() => answersTo(far, 23).length > 0);
      expect(answersTo(far, 23)).toEqual(['accept']);
      network.clock.advance(5_000);
      expect(await open(25)).toEqual(['accept']);
    },
  );

  it.each([
    ['a codec that it did not offer', ['jpeg', 'vp8'], 'h264'],
    ['any codec but JPEG where it offered no other', ['jpeg'], 'vp8'],
  ] as const)('is cut by a unit in %s, and its host is told', async (_, codecs, codec) => {
    const { host, far } = await hostileGuest(codecs);
    const viewer = new TrackRecorder(host);
    const notice = next(host, 'notice');
    far.control({ type: 'open', stream: 1, protocol: 'video/1', kind: 'camera' });
    for (const [number, offered] of codecs.entries()) picture(far, 1, offered, number);
    picture(far, 1, codec, codecs.length);
    expect(await notice).toMatchObject({ topic: 'refused', error: { code: 'RK_RECORD_INVALID' } });
    await far.ended;
    const close = decodeClose(far.records.at(-1)!.plaintext);
    expect(close.code).toBe(CloseCode.protocolError);
    expect(viewer.units.map((unit) => unit.codec)).toEqual(codecs);
    expect(host.state.phase).toBe('waiting');
  });

  it('is stopped with a notice that strangers cannot hide, in words that are not the peer’s', async () => {
    const network = new TestNetwork(await testIdentity('Grace'), 0);
    const host = network.hostCall('10.0.0.1');
    const notices: string[] = [];
    host.on('notice', ({ error }) => notices.push(error.message));
    await host.start();
    const [address] = await network.locator.addresses();
    for (let stranger = 3; stranger < 9; stranger += 1) {
      const connection = await network.memory.machine(`10.0.0.${stranger}`).dial(address!);
      connection.send([Buffer.from('GET / HTTP/1.1')]);
      await settled();
      connection.abort();
    }
    await expect.poll(() => notices).toHaveLength(4);
    const far = await joinAs(network, hello);
    await phase(host, 'live', hasTransportMode);
    far.send(RecordType.close, encodeClose({ code: 3, reason: 'Send money to Eve' }));
    await expect.poll(() => notices).toHaveLength(5);
    expect(notices[4]).toContain('stopped the call');
    expect(notices.join()).not.toContain('money');
  });

  it('goes on if what shows a track fails, and accepts the next one', async () => {
    const { host, far } = await hostileGuest();
    host.on('track', (track) =>
      track.setSink({
        onUnit: () => {
          throw new Error('broken');
        },
      }),
    );
    const ended = next(host, 'trackEnd');
    far.control({ type: 'open', stream: 1, protocol: 'video/1', kind: 'camera' });
    picture(far, 1, 'jpeg');
    expect(await ended).toEqual({ kind: 'camera', reason: 'failed' });
    await delivered(() => answersTo(far, 1).length === 2);
    expect(answersTo(far, 1)).toEqual(['accept', 'refuse not-wanted']);
    far.control({ type: 'end', stream: 1, reason: 'stopped' });
    far.control({ type: 'open', stream: 3, protocol: 'video/1', kind: 'camera' });
    await delivered(() => answersTo(far, 3).length > 0);
    expect(answersTo(far, 3)).toEqual(['accept']);
  });

  it('does not say of a guest that no one may be looking, whatever they say', async () => {
    const network = new TestNetwork(await testIdentity('Grace'), 0);
    const host = network.hostCall('10.0.0.1');
    await host.start();
    await joinAs(network, { ...hello, unattended: true });
    await phase(host, 'live', hasTransportMode);
    expect(host.state).not.toHaveProperty('participants.0.unattended');
  });

  it('sends no video to one who does not take part in it', async () => {
    const network = new TestNetwork(await testIdentity('Grace'), 0);
    const host = network.hostCall('10.0.0.1');
    await host.start();
    await host.camera.start({ width: 16, height: 16, fps: 30, quality: 80 });
    const far = await joinAs(network, { ...hello, protocols: [{ name: 'chat/1' }] });
    await phase(host, 'live', hasTransportMode);
    await settled();
    expect(far.descriptions).toEqual(['hello', 'route']);
  });
});
