import { expect, test, vi } from 'vitest';
import type { AppEvent, CallView, Settings } from '../../src/messages/index.js';
import type { TestPage } from '../support/test-page.js';
import { testAudio, type TestAudio } from './memory-audio-plugin.js';
import { createTestNetwork, signedInMachine } from './test-network.js';

vi.setConfig({ testTimeout: 60_000 });

const headset = () => testAudio('built-in', 'headset');

/** Two people in a call, and what they hear with. */
async function setUp(
  ada: TestAudio = headset(),
  settings: Partial<Settings> = {},
): Promise<{ ada: Side; grace: Side }> {
  const world = await createTestNetwork();
  const sides = { ada: new Side(ada), grace: new Side(headset()) };
  await sides.ada.signIn(world, 'Ada');
  await sides.grace.signIn(world, 'Grace');
  await sides.ada.page.request('settings.set', settings);
  const { id } = await sides.grace.page.request('rooms.create', { name: 'Lab' });
  await sides.grace.page.request('call.join', { id });
  await sides.ada.page.room('Lab', ({ live }) => live);
  await sides.ada.page.request('call.join', { id });
  await sides.grace.page.letIn('Ada');
  await Promise.all([sides.ada.page.phase('live'), sides.grace.page.phase('live')]);
  return sides;
}

/** One person's page and devices. */
class Side {
  readonly audio: TestAudio;
  #page: TestPage | undefined;

  constructor(audio: TestAudio) {
    this.audio = audio;
  }

  get page(): TestPage {
    if (this.#page === undefined) throw new Error('Not signed in.');
    return this.#page;
  }

  async signIn(...[world, name]: Parameters<typeof signedInMachine>): Promise<void> {
    this.#page = (await signedInMachine(world, name, this.audio)).page;
  }

  /** Waits for a call with this view. */
  async sees(view: Partial<CallView>): Promise<void> {
    await vi.waitFor(() => expect(this.page.last('call')?.call).toMatchObject(view), 10_000);
  }

  get notices(): readonly string[] {
    return this.page.events.flatMap((one: AppEvent) =>
      one.event === 'notice' ? [`${one.topic}: ${one.failure.message}`] : [],
    );
  }

  /** The time of the devices passes until something is so. */
  async passUntil(look: () => boolean): Promise<void> {
    await vi.waitUntil(
      () => {
        this.audio.pass(20);
        return look();
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  /** Whether the other person is shown as muted. */
  get hearsMuted(): boolean | undefined {
    const microphone = this.page.last('call')?.call?.remoteMicrophone;
    return microphone?.kind === 'on' ? microphone.muted : undefined;
  }

  get level(): number {
    return this.page.last('levels')?.microphone ?? 0;
  }
}

test('microphone and loudspeaker start with the call, and are given back at its end', async () => {
  const { ada, grace } = await setUp();
  const on = { kind: 'on', muted: false } as const;
  for (const side of [ada, grace]) {
    await side.sees({ microphone: on, speaker: { kind: 'on' }, remoteMicrophone: on });
    expect([side.audio.openInputs, side.audio.openOutputs]).toEqual([1, 1]);
  }
  await ada.passUntil(() => ada.level > 0);
  await grace.passUntil(() => {
    ada.audio.pass(20);
    return (grace.page.last('levels')?.speaker ?? 0) > 0;
  });
  const statistics = await grace.page.until(() => {
    const last = grace.page.last('statistics')?.statistics;
    return last?.soundAgeMs !== undefined && last;
  });
  expect(statistics.speaker?.playedSamples).toBeGreaterThan(0);
  await ada.page.request('call.leave', { deleteRoom: false });
  await grace.sees({ remoteMicrophone: { kind: 'off' } });
  await vi.waitFor(() => expect([ada.audio.openInputs, ada.audio.openOutputs]).toEqual([0, 0]));
  expect(ada.notices).toEqual([]);
});

test('a muted microphone is shown as muted on both sides', async () => {
  const { ada, grace } = await setUp();
  await ada.page.request('call.setMuted', { muted: true });
  await ada.sees({ microphone: { kind: 'on', muted: true } });
  await ada.passUntil(() => grace.hearsMuted === true);
  await ada.page.request('call.setMuted', { muted: false });
  await ada.passUntil(() => grace.hearsMuted === false);
});

test('a microphone that was turned off stays off in the next call, and can be turned on in it', async () => {
  const { ada, grace } = await setUp();
  await grace.sees({ remoteMicrophone: { kind: 'on', muted: false } });
  await ada.page.request('call.stopMicrophone', {});
  expect(ada.audio.openInputs).toBe(0);
  expect(ada.page.last('settings')?.settings.microphone).toBe(false);
  await grace.sees({ remoteMicrophone: { kind: 'off', reason: 'stopped' } });

  const id = ada.page.last('call')!.call!.room.id;
  await ada.page.request('call.leave', { deleteRoom: false });
  await ada.page.request('call.join', { id });
  await ada.sees({ speaker: { kind: 'on' }, microphone: { kind: 'off', muted: false } });
  expect(ada.audio.openInputs).toBe(0);
  await ada.page.request('call.startMicrophone', {});
  await ada.sees({ microphone: { kind: 'on', muted: false } });
  expect(ada.page.last('settings')?.settings.microphone).toBe(true);
});

test('a call without any device goes on, and one notice says what is missing', async () => {
  const { ada, grace } = await setUp(testAudio());
  await ada.sees({
    microphone: { kind: 'failed', muted: false } as CallView['microphone'],
    speaker: { kind: 'failed' } as CallView['speaker'],
  });
  await vi.waitFor(() => expect(ada.notices).toHaveLength(1));
  expect(ada.notices[0]).toContain('No microphone and no loudspeaker found.');
  await ada.page.request('call.startCamera', {});
  await grace.sees({ remote: { camera: { kind: 'on' }, screen: { kind: 'off' } } });
  await expect(ada.page.request('call.startMicrophone', {})).rejects.toMatchObject({
    code: 'RK_AUDIO_NOT_FOUND',
  });
  // Choosing another one tries again.
  ada.audio.outputList.push({ id: 'headset', label: 'headset' });
  await ada.page.request('settings.set', { speakerId: 'headset' });
  await ada.sees({ speaker: { kind: 'on' } });
  expect(ada.notices).toHaveLength(1);
});

test('an unplugged headset is replaced by the default devices in mid-call, with notices', async () => {
  const chosen = { microphoneId: 'headset', speakerId: 'headset' };
  const { ada, grace } = await setUp(headset(), chosen);
  await grace.sees({ remoteMicrophone: { kind: 'on', muted: false } });
  ada.audio.unplug('headset');
  await vi.waitFor(() => expect(ada.notices).toHaveLength(2));
  expect(ada.notices.toSorted()).toEqual([
    'microphone: “headset” was disconnected. The call goes on with the default microphone.',
    'speaker: “headset” was disconnected. The call goes on with the default loudspeaker.',
  ]);
  const on = { kind: 'on', muted: false } as const;
  await ada.sees({ microphone: on, speaker: { kind: 'on' } });
  await grace.sees({ remoteMicrophone: on });
  // The next device fails at once: no third one is looked for.
  ada.audio.unplug('built-in');
  await ada.sees({ microphone: { kind: 'failed' } as CallView['microphone'] });
  await vi.waitFor(() => expect(ada.notices).toHaveLength(4));
  expect(ada.page.last('call')?.call?.state.phase).toBe('live');
});

test('a chosen device that is not there at the start of a call is replaced, with a notice', async () => {
  const { ada } = await setUp(testAudio('built-in'), { microphoneId: 'headset' });
  await ada.sees({ microphone: { kind: 'on', muted: false } });
  expect(ada.notices).toEqual([
    'microphone: “headset” isn’t connected. The call goes on with the default microphone.',
  ]);
});

test('devices, processing and volume are chosen while the other speaks, without an end of the call', async () => {
  const { ada, grace } = await setUp();
  await ada.sees({ speaker: { kind: 'on' } });
  const microphones = [...ada.audio.inputList];
  ada.audio.inputList.push({ id: 'film', label: 'Film', kind: 'screen' });
  expect(await ada.page.request('audio.devices', {})).toEqual({
    inputs: microphones,
    outputs: ada.audio.outputList,
  });
  const hear = (): Promise<void> =>
    ada.passUntil(() => {
      grace.audio.pass(20);
      return (ada.page.last('statistics')?.statistics.speaker?.playedSamples ?? 0) > 0;
    });
  await hear();
  await ada.page.request('settings.set', { speakerId: 'headset', volume: 40 });
  await ada.page.request('settings.set', { microphoneId: 'headset', processing: false });
  await ada.sees({ microphone: { kind: 'on', muted: false }, speaker: { kind: 'on' } });
  ada.page.events.length = 0;
  await hear();
  expect(grace.page.last('call')?.call?.state.phase).toBe('live');
  expect([ada.audio.openInputs, ada.audio.openOutputs]).toEqual([1, 1]);
});

test('the settings show the level of the microphone without a call, until the test ends', async () => {
  const ada = new Side(headset());
  await ada.signIn(await createTestNetwork(), 'Ada');
  await ada.page.request('audio.startTest', {});
  await ada.passUntil(() => ada.level > 0);
  await ada.page.request('audio.startTest', {});
  expect(ada.audio.openInputs).toBe(1);
  await ada.page.request('audio.stopTest', {});
  await ada.page.request('audio.stopTest', {});
  expect(ada.audio.openInputs).toBe(0);
  expect(ada.level).toBe(0);
  ada.audio.unplug('headset');
  ada.audio.unplug('built-in');
  await expect(ada.page.request('audio.startTest', {})).rejects.toMatchObject({
    code: 'RK_AUDIO_NOT_FOUND',
  });
});
