import { describe, expect, test, vi } from 'vitest';
import { RoomkeyError, type AudioDevice } from '@roomkey/core/host';
import type { CallController } from '../../src/app/call-controller.js';
import {
  setUpCalls,
  camera,
  ID,
  over,
  live,
  liveWith,
  pending,
  shown,
  until,
} from './set-up-calls.js';

const overAlready = expect.objectContaining({ code: 'RK_CLOSED' }) as Error;

test('camera and screen start beside each other, and stop with the call', async () => {
  const { calls, journal, emitted, join } = setUpCalls();
  await expect(calls.startCamera()).rejects.toThrow(overAlready);
  const call = await join();
  journal.length = 0;
  await calls.startCamera();
  await calls.startScreen('a screen');
  expect(camera(calls)).toEqual({ kind: 'on', preview: false });
  await calls.stopCamera();
  await calls.startCamera();
  expect(journal).toEqual([
    'start camera first',
    'start screen a screen',
    'stop camera',
    'start camera first',
  ]);
  call.emits('preview', { kind: 'camera', unit: 'P' });
  expect(camera(calls)).toEqual({ kind: 'on', preview: true });
  call.emits('state', over);
  expect(camera(calls)).toEqual({ kind: 'off' });
  expect(shown({ emitted })).toBe('ended');
  await expect(calls.startCamera()).rejects.toThrow(overAlready);
});

describe('the sound of the screen', () => {
  const sound = { id: 'its sound', label: 'Sound', kind: 'screen' } as const;
  const isSent = (calls: CallController): boolean =>
    calls.event.event === 'call' && calls.event.call?.screenAudio === true;

  /** A call in which the screen is shared. */
  async function share(inputs: readonly AudioDevice[] = [{ id: 'a', label: 'A' }, sound]) {
    const scene = setUpCalls();
    scene.world.inputs = inputs;
    const call = await scene.join();
    scene.journal.length = 0;
    await scene.calls.startScreen('a screen');
    return { ...scene, call };
  }

  test('starts with it and stops with it', async () => {
    const { calls, journal } = await share();
    await until(() => isSent(calls));
    await calls.stopScreen();
    await until(() => !isSent(calls));
    expect(journal).toEqual([
      'start screen a screen',
      'start sound of its sound',
      'stop screen',
      'stop sound of the screen',
    ]);
  });

  test('stops when the screen is lost, which alone is said', async () => {
    const { calls, call, journal, notices } = await share();
    await until(() => isSent(calls));
    call.emits('notice', { topic: 'screen', error: new RoomkeyError('RK_CAMERA_LOST', 'no more') });
    await until(() => journal.includes('stop sound of the screen'));
    expect(isSent(calls)).toBe(false);
    expect(notices()).toEqual(['screen: no more']);
  });

  test('is left out where there is none, without a word', async () => {
    const { journal, notices } = await share([{ id: 'a', label: 'A' }]);
    await new Promise(setImmediate);
    expect(journal).toEqual(['start screen a screen']);
    expect(notices()).toEqual([]);
  });

  test('ends alone, with a notice, and the screen goes on', async () => {
    const { calls, call, journal, notices } = await share();
    await until(() => isSent(calls));
    const error = new RoomkeyError('RK_AUDIO_LOST', 'the sound ended');
    call.emits('notice', { topic: 'screenAudio', error });
    expect(isSent(calls)).toBe(false);
    expect(notices()).toEqual(['screenAudio: the sound ended']);
    expect(journal).not.toContain('stop screen');
  });

  test('does not open, which is said, and the screen goes on', async () => {
    const scene = setUpCalls();
    scene.world.inputs = [sound];
    await scene.join();
    const started = pending();
    scene.world.screenAudioStarted = started.promise;
    await scene.calls.startScreen('a screen');
    started.reject(new RoomkeyError('RK_AUDIO_FAILED', 'it does not open'));
    await until(() => scene.notices().length > 0);
    expect(scene.notices()).toEqual(['screenAudio: it does not open']);
    expect(scene.journal).not.toContain('stop screen');
  });
});

test('leaving while the camera starts reports nothing more', async () => {
  const { calls, world, journal, join } = setUpCalls();
  await join();
  const started = pending();
  world.cameraStarted = started.promise;
  const starting = calls.startCamera();
  await until(() => journal.includes('start camera first'));
  const leaving = calls.leave();
  await until(() => journal.includes('leave'));
  started.reject(new RoomkeyError('RK_CLOSED', 'it was left'));
  await Promise.all([starting, leaving]);
});

test('a page that takes over restarts the camera, and sees no ended call', async () => {
  const { calls, world, page, journal, join, notices } = setUpCalls();
  const call = await join();
  await calls.startCamera();
  journal.length = 0;
  world.fps = 15;
  calls.changePage();
  await until(() => journal.length > 0);
  expect(journal).toEqual(['start camera first']);
  call.emits('state', over);
  page.codecs = [];
  calls.changePage();
  expect(notices()).toEqual([]);
});

describe('a participant’s track', () => {
  test('goes to the page, whose key frame requests go back, and is consumed when the page has consumed it', async () => {
    const { calls, page, journal, join } = setUpCalls();
    const call = await join();
    const screen = call.shows('screen');
    journal.length = 0;
    const isConsumed = screen.give(4);
    call.emits('preview', { kind: 'camera', unit: 'P' });
    calls.requestKeyFrame('screen');
    expect(journal).toEqual(['remote screen 1', 'preview camera P', 'key unit screen']);
    expect(isConsumed()).toBe(false);
    page.consumed[0]!();
    expect(isConsumed()).toBe(true);
  });

  test('is on and off as the participant reports, with the reason', async () => {
    const { calls, join } = setUpCalls();
    const call = await join();
    const remote = () =>
      calls.event.event === 'call' ? calls.event.call?.remote : expect.fail('no call');
    expect(remote()).toEqual({ camera: { kind: 'off' }, screen: { kind: 'off' } });
    call.shows('camera');
    expect(remote()).toMatchObject({ camera: { kind: 'on' } });
    call.emits('trackEnd', { kind: 'camera', reason: 'lost' });
    expect(remote()).toMatchObject({ camera: { kind: 'off', reason: 'lost' } });
  });

  test('goes to another page with a key unit first, and is notified whether it is visible', async () => {
    const { calls, journal, join } = setUpCalls();
    const call = await join();
    const camera = call.shows('camera');
    const before = camera.sink;
    calls.changePage();
    expect(camera.sink).not.toBe(before);
    journal.length = 0;
    calls.setVisible(false);
    calls.setVisible(false);
    expect(journal).toEqual(['camera hidden']);
    // A new track is not visible either.
    call.shows('screen');
    expect(journal).toEqual(['camera hidden', 'screen hidden']);
  });
});

test('a lost camera is shown as failed; other notices do not change it', async () => {
  const { calls, join, notices } = setUpCalls();
  const call = await join();
  await calls.startCamera();
  const error = new RoomkeyError('RK_HANDSHAKE_FAILED', 'someone was refused');
  call.emits('notice', { topic: 'refused', error });
  expect(camera(calls)?.kind).toBe('on');
  expect(notices()).toEqual(['refused: someone was refused']);
  call.emits('notice', { topic: 'camera', error: new RoomkeyError('RK_CAMERA_LOST', 'gone') });
  expect(camera(calls)?.kind).toBe('failed');
  expect(notices()).toEqual(['refused: someone was refused', 'camera: gone']);
});

test('a password is remembered once the partner has joined', async () => {
  const locked = setUpCalls({ password: true });
  (await locked.join('sesame')).emits('state', live);
  expect(locked.journal).toContain(`unlock ${ID} sesame`);
  const open = setUpCalls();
  (await open.join()).emits('state', live);
  expect(open.journal).toEqual(['started']);
});

test('statistics are sent every second while the partner is in the call', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { emitted, join } = setUpCalls();
    const call = await join();
    const figures = (): number => emitted.filter(({ event }) => event === 'statistics').length;
    // The meters’.
    const others = vi.getTimerCount();
    call.emits('state', live);
    call.emits('state', liveWith('Grace', 0));
    vi.advanceTimersByTime(2_000);
    expect(figures()).toBe(2);
    call.emits('state', { phase: 'searching', lastPartner: { name: 'Grace', kind: 'lost' } });
    expect(vi.getTimerCount()).toBe(others);
    expect(figures()).toBe(2);
    call.emits('state', live);
    vi.advanceTimersByTime(1_000);
    expect(figures()).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
