import type { AudioDevices, Call, CallState } from '@roomkey/core/host';
import { describe, expect, test } from 'vitest';
import { startSound, type SoundFailure, type SoundOptions } from '../src/join/sound.js';

const live = { phase: 'live', participants: [] } as unknown as CallState;
const waiting: CallState = { phase: 'waiting' };

/** Devices that a test breaks and mends, in a call that a test moves on. */
function setup(broken: readonly ('microphone' | 'speaker')[] = [], configured = 'tone') {
  const isBroken = { microphone: false, speaker: false };
  for (const device of broken) isBroken[device] = true;
  const starts: string[] = [];
  const failures: SoundFailure[] = [];
  let move: (state: CallState) => void = () => undefined;
  const device = (name: 'microphone' | 'speaker') => ({
    isOn: false,
    async start({ deviceId = '' }: { readonly deviceId?: string }) {
      starts.push(`${name} ${deviceId}`.trimEnd());
      if (isBroken[name]) throw new Error(`no ${name}`);
      this.isOn = true;
    },
  });
  const devices = { microphone: device('microphone'), speaker: device('speaker') };
  const call = {
    ...devices,
    on: (_event: string, listener: (state: CallState) => void) => {
      move = listener;
      return () => undefined;
    },
  } as unknown as Call;
  const audio = { inputs: async () => [{ id: configured, label: '' }] } as unknown as AudioDevices;
  const begin = (named: SoundOptions = {}): Promise<void> =>
    startSound(call, { service: () => audio as never }, named, (failure) => failures.push(failure));
  return { begin, devices, isBroken, starts, failures, move: (state: CallState) => move(state) };
}

describe('the sound of join', () => {
  test('starts what it can, and tells of what it cannot', async () => {
    const { begin, devices, failures } = setup(['speaker']);
    await begin();
    expect(devices.microphone.isOn).toBe(true);
    expect(failures).toEqual([{ device: 'speaker', error: new Error('no speaker') }]);
  });

  test('tells of both', async () => {
    const { begin, failures } = setup(['speaker', 'microphone']);
    await begin();
    expect(failures.map(({ device }) => device)).toEqual(['speaker', 'microphone']);
  });

  test('fails where an option names what does not start, and only there', async () => {
    const named = setup(['speaker']);
    await expect(named.begin({ speaker: 'file:a.wav' })).rejects.toThrow('no speaker');
    const other = setup(['speaker']);
    await other.begin({ microphone: 'tone' });
    expect(other.failures).toHaveLength(1);
  });

  test('starts again what was lost, whenever someone joins', async () => {
    const { begin, devices, isBroken, starts, failures, move } = setup();
    await begin();
    move(live);
    move(live);
    expect(starts).toEqual(['speaker', 'microphone tone']);
    devices.speaker.isOn = false;
    move(waiting);
    move(live);
    await expect.poll(() => devices.speaker.isOn).toBe(true);
    devices.microphone.isOn = false;
    isBroken.microphone = true;
    move(waiting);
    move(live);
    await expect
      .poll(() => failures)
      .toEqual([{ device: 'microphone', error: new Error('no microphone') }]);
    expect(starts).toEqual(['speaker', 'microphone tone', 'speaker', 'microphone tone']);
  });

  test('begins a file again when someone first joins', async () => {
    const { begin, starts, move } = setup([], 'file:/talk.wav');
    await begin();
    for (const state of [live, waiting, live]) move(state);
    expect(starts).toEqual(['speaker', 'microphone file:/talk.wav', 'microphone file:/talk.wav']);
  });

  test('has no microphone where it is none', async () => {
    const { begin, starts, move } = setup([], 'none');
    await begin();
    move(live);
    expect(starts).toEqual(['speaker']);
  });
});
