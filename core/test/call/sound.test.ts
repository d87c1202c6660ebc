import { describe, expect, it, vi } from 'vitest';
import type { CallEvents } from '../../src/call/call-types.js';
import { RoomkeyError } from '../../src/errors/index.js';
import { ManualAudio } from './manual-audio.js';
import { hasTransportMode, next, phase, testIdentity, TestNetwork } from './test-network.js';

const request = { processing: true } as const;

/** Grace and Ada in a call, with their microphones and loudspeakers on. */
async function setup({ isOneWay = false } = {}) {
  const network = new TestNetwork(await testIdentity('Grace'));
  const audio = { host: new ManualAudio(), guest: new ManualAudio() };
  if (isOneWay) network.memory.block((from) => from === '10.0.0.1');
  const host = network.hostCall('10.0.0.1', undefined, undefined, undefined, 'anyone', audio.host);
  const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', { audio: audio.guest });
  const told: Record<'host' | 'guest', CallEvents['microphone'][]> = { host: [], guest: [] };
  host.on('microphone', (state) => told.host.push(state));
  guest.on('microphone', (state) => told.guest.push(state));
  await host.start();
  await guest.start();
  await Promise.all([
    phase(host, 'live', hasTransportMode),
    phase(guest, 'live', hasTransportMode),
  ]);
  return { network, audio, host, guest, told };
}

async function withDevices(options?: Parameters<typeof setup>[0]) {
  const scene = await setup(options);
  const { host, guest, told } = scene;
  await Promise.all([host.speaker.start({}), guest.speaker.start({})]);
  await Promise.all([host.microphone.start(request), guest.microphone.start(request)]);
  await vi.waitFor(() => expect([told.host.length, told.guest.length]).toEqual([1, 1]));
  return scene;
}

describe('the sound of a call', () => {
  it.each([
    ['two connections', false],
    ['one connection', true],
  ])('goes both ways over %s', async (_, isOneWay) => {
    const { audio, host, guest } = await withDevices({ isOneWay });
    expect(host.state).toMatchObject({ participants: [{ connections: isOneWay ? 1 : 2 }] });
    audio.host.capture('hello Ada');
    audio.guest.capture('hello Grace');
    audio.guest.capture('how are you');
    await vi.waitFor(() => {
      expect(audio.guest.heard).toEqual(['hello Ada']);
      expect(audio.host.heard).toEqual(['hello Grace', 'how are you']);
    });
    expect(audio.host.played.map(({ number }) => number)).toEqual([0, 1]);
    expect(guest.statistics.sent.microphone).toEqual({ sent: 2, dropped: 0, copied: 0 });
    expect(host.statistics.received.microphone).toEqual({ units: 2 });
  });

  it('is told when a microphone goes on, is muted, and goes off', async () => {
    const { audio, host, told } = await withDevices();
    const capture = async (text: string): Promise<void> => {
      audio.host.capture(text);
      await vi.waitFor(() => expect(audio.guest.heard.at(-1)).toBe(text));
    };
    await capture('voice');
    host.microphone.setMuted(true);
    await capture('silence');
    await capture('more silence');
    host.microphone.setMuted(false);
    await capture('voice again');
    await host.microphone.stop();
    await vi.waitFor(() => expect(told.guest).toHaveLength(4));
    expect(told.guest).toEqual([
      { isOn: true, isMuted: false },
      { isOn: true, isMuted: true },
      { isOn: true, isMuted: false },
      { isOn: false, reason: 'stopped' },
    ]);
  });

  it('is muted from the start where it was muted before', async () => {
    const { audio, host, told } = await setup();
    host.microphone.setMuted(true);
    await host.microphone.start(request);
    expect(audio.host.muted).toBe(true);
    expect(host.microphone).toMatchObject({ isOn: true, isMuted: true });
    audio.host.capture('silence');
    await vi.waitFor(() => expect(told.guest.at(-1)).toEqual({ isOn: true, isMuted: true }));
    expect(host.microphone.level).toBe(0);
  });

  it('changes the device in mid-call, with the same volume', async () => {
    const { audio, host, guest, told } = await withDevices();
    guest.speaker.setVolume(0.25);
    await guest.speaker.start({ deviceId: 'headphones' });
    expect(audio.guest.open).toMatchObject([{ deviceId: 'headphones', volume: 0.25 }]);
    audio.host.capture('before');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['before']));
    await host.microphone.start({ ...request, deviceId: 'headset' });
    audio.host.capture('after');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['before', 'after']));
    expect(audio.guest.played.map(({ number }) => number)).toEqual([0, 1]);
    expect(told.guest).toHaveLength(1);
  });

  it('goes on without a microphone that is unplugged, and says so on both sides', async () => {
    const { audio, host, told } = await withDevices();
    const notice = next(host, 'notice');
    const error = new RoomkeyError('RK_AUDIO_LOST', 'The microphone was unplugged.');
    audio.host.unplugInput(error);
    expect(await notice).toEqual({ topic: 'microphone', error });
    await vi.waitFor(() => expect(told.guest.at(-1)).toEqual({ isOn: false, reason: 'lost' }));
    expect(host.microphone.isOn).toBe(false);
    expect(host.state.phase).toBe('live');
    await host.microphone.start(request);
    audio.host.capture('back');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['back']));
  });

  it('goes on without a loudspeaker that is unplugged, and says so', async () => {
    const { audio, guest, host } = await withDevices();
    const notice = next(guest, 'notice');
    const error = new RoomkeyError('RK_AUDIO_LOST', 'The loudspeaker was unplugged.');
    audio.guest.unplugOutput(error);
    expect(await notice).toEqual({ topic: 'speaker', error });
    expect(guest.speaker.isOn).toBe(false);
    audio.host.capture('not heard');
    await vi.waitFor(() => expect(guest.statistics.received.microphone.units).toBe(1));
    await guest.speaker.start({});
    audio.host.capture('heard');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['heard']));
    expect(host.state.phase).toBe('live');
  });

  it('comes back with a partner who reconnects', async () => {
    const { network, audio, guest, told } = await withDevices();
    expect(network.memory.cut()).toBeGreaterThan(0);
    await phase(guest, 'searching');
    network.clock.advance(2_000);
    await phase(guest, 'live', hasTransportMode);
    await vi.waitFor(() => expect(told.guest).toHaveLength(3));
    expect(told.guest.slice(1)).toEqual([
      { isOn: false, reason: 'lost', sessionOver: true },
      { isOn: true, isMuted: false },
    ]);
    audio.host.capture('again');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['again']));
  });

  it('gives each microphone of a participant to the loudspeaker as another stream', async () => {
    const { audio, host } = await withDevices();
    audio.host.capture('before');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['before']));
    await host.microphone.stop();
    await host.microphone.start(request);
    audio.host.capture('after');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['before', 'after']));
    expect(audio.guest.played.map(({ stream }) => stream)).toEqual([0, 1]);
  });

  it('closes its devices with the call', async () => {
    const { audio, host } = await withDevices();
    await host.leave();
    expect(audio.host.muted).toBeUndefined();
    expect([host.microphone.isOn, host.speaker.isOn]).toEqual([false, false]);
  });

  it('refuses a volume out of range', async () => {
    const { host } = await setup();
    for (const volume of [-0.1, 1.1, Number.NaN]) {
      expect(() => host.speaker.setVolume(volume)).toThrow(RangeError);
    }
  });
});
