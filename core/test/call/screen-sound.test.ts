import { describe, expect, it, vi } from 'vitest';
import type { CallEvents } from '../../src/call/call-types.js';
import { RoomkeyError } from '../../src/errors/index.js';
import { ManualAudio, SCREEN, textsOf } from './manual-audio.js';
import { hasTransportMode, next, phase, testIdentity, TestNetwork } from './test-network.js';

const request = { deviceId: SCREEN, processing: false } as const;

/** Grace and Ada in a call, with their loudspeakers on. */
async function setup() {
  const network = new TestNetwork(await testIdentity('Grace'));
  const audio = { host: new ManualAudio(), guest: new ManualAudio() };
  const host = network.hostCall('10.0.0.1', undefined, undefined, undefined, 'anyone', audio.host);
  const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', { audio: audio.guest });
  const told: CallEvents['screenAudio'][] = [];
  guest.on('screenAudio', (state) => told.push(state));
  await host.start();
  await guest.start();
  await Promise.all([
    phase(host, 'live', hasTransportMode),
    phase(guest, 'live', hasTransportMode),
  ]);
  await Promise.all([host.speaker.start({}), guest.speaker.start({ deviceId: 'headphones' })]);
  const opened = (count: number): Promise<void> =>
    vi.waitFor(() => expect(audio.guest.open).toHaveLength(count));
  return { network, audio, host, guest, told, opened };
}

/** The screen of Grace with its sound. */
async function sharing() {
  const scene = await setup();
  await scene.host.screenAudio.start(request);
  await scene.opened(2);
  return scene;
}

describe('the sound of a screen', () => {
  it('is played beside the voice, on the same device at the same volume', async () => {
    const { audio, host, guest, told, opened } = await setup();
    guest.speaker.setVolume(0.5);
    await host.microphone.start({ processing: true });
    await host.screenAudio.start(request);
    await opened(2);
    expect(host.screenAudio.isOn).toBe(true);
    audio.host.capture('voice');
    audio.host.capture('film', 'screen');
    await vi.waitFor(() => expect(audio.guest.heard).toHaveLength(2));
    expect(audio.guest.open.map(textsOf)).toEqual([['voice'], ['film']]);
    guest.speaker.setVolume(0.25);
    expect(audio.guest.open).toMatchObject([
      { deviceId: 'headphones', volume: 0.25 },
      { deviceId: 'headphones', volume: 0.25 },
    ]);
    const one = { units: 1 };
    expect(guest.statistics.received).toMatchObject({ microphone: one, screenAudio: one });
    const { screenAudio } = host.statistics.sent;
    expect(screenAudio).toEqual({ sent: 1, dropped: 0, copied: 0 });

    await host.screenAudio.stop();
    await opened(1);
    expect(told).toEqual([{ isOn: true }, { isOn: false, reason: 'stopped' }]);
    audio.host.capture('voice again');
    await vi.waitFor(() => expect(audio.guest.open.flatMap(textsOf)).toContain('voice again'));
  });

  it('goes on while the microphone is muted', async () => {
    const { audio, host } = await sharing();
    await host.microphone.start({ processing: true });
    host.microphone.setMuted(true);
    audio.host.capture('silence');
    audio.host.capture('film', 'screen');
    await vi.waitFor(() => expect(audio.guest.heard).toHaveLength(2));
    const units = audio.guest.open.flatMap(({ played }) => played);
    expect(units.map(({ muted }) => muted)).toEqual([true, false]);
  });

  it('follows the loudspeaker when that changes, stops and starts', async () => {
    const { audio, guest, opened } = await sharing();
    await guest.speaker.start({ deviceId: 'monitor' });
    const devices = () => audio.guest.open.map(({ deviceId }) => deviceId);
    await vi.waitFor(() => expect(devices()).toEqual(['monitor', 'monitor']));
    await guest.speaker.stop();
    expect(devices()).toEqual([]);
    await guest.speaker.start({});
    await opened(2);
  });

  it('is not played where the loudspeaker does not open twice, and the voice goes on', async () => {
    const { audio, guest, host } = await setup();
    await host.microphone.start({ processing: true });
    const cause = new RoomkeyError('RK_AUDIO_BUSY', 'It is in use.');
    audio.guest.outputError = cause;
    const notice = next(guest, 'notice');
    await host.screenAudio.start(request);
    const { topic, error } = await notice;
    expect(topic).toBe('screenSpeaker');
    expect(error).toMatchObject({ code: 'RK_AUDIO_BUSY', cause });
    expect(error.message).toBe(
      'The sound of the shared screen can’t be played here. Choose another loudspeaker.',
    );
    audio.host.capture('film', 'screen');
    audio.host.capture('voice');
    await vi.waitFor(() => expect(audio.guest.heard).toEqual(['voice']));
    expect(guest.speaker.isOn).toBe(true);
    expect(guest.state.phase).toBe('live');
  });

  it('is lost with the loudspeaker that is unplugged, which is said once', async () => {
    const { audio, guest, opened } = await sharing();
    const topics: string[] = [];
    guest.on('notice', ({ topic }) => topics.push(topic));
    audio.guest.unplugOutput(new RoomkeyError('RK_AUDIO_LOST', 'It was unplugged.'));
    await opened(0);
    expect(topics).toEqual(['speaker']);
    await guest.speaker.start({});
    await opened(2);
  });

  it('ends where its source ends, and both sides are told', async () => {
    const { audio, host, told, opened } = await sharing();
    const notice = next(host, 'notice');
    const error = new RoomkeyError('RK_AUDIO_LOST', 'The tab was closed.');
    audio.host.unplugInput(error, 'screen');
    expect(await notice).toEqual({ topic: 'screenAudio', error });
    await opened(1);
    expect(told.at(-1)).toEqual({ isOn: false, reason: 'lost' });
    expect(host.screenAudio.isOn).toBe(false);
  });

  it('comes back with a partner who reconnects', async () => {
    const { network, guest, told, opened } = await sharing();
    expect(network.memory.cut()).toBeGreaterThan(0);
    await phase(guest, 'searching');
    await opened(1);
    network.clock.advance(2_000);
    await phase(guest, 'live', hasTransportMode);
    await opened(2);
    expect(told.slice(1)).toEqual([
      { isOn: false, reason: 'lost', sessionOver: true },
      { isOn: true },
    ]);
  });

  it('closes its devices with the call, on both sides', async () => {
    const { audio, host, guest } = await sharing();
    await host.leave();
    expect(host.screenAudio.isOn).toBe(false);
    await guest.leave();
    expect(audio.guest.open).toEqual([]);
  });
});
