import { expect, test, vi } from 'vitest';
import { RoomkeyError } from '@roomkey/core/host';
import { callScene, camera, ID, over, live, pending, shown, until } from './call-scene.js';

const overAlready = expect.objectContaining({ code: 'RK_CLOSED' }) as Error;

test('the camera is the one that was asked for, and stops with the call', async () => {
  const { desk, journal, told, join } = callScene();
  await expect(desk.startCamera()).rejects.toThrow(overAlready);
  const call = await join();
  journal.length = 0;
  await desk.startCamera('screen');
  expect(camera(desk)).toEqual({ kind: 'on', preview: false, deviceId: 'screen' });
  await desk.stopCamera();
  await desk.startCamera();
  expect(journal).toEqual(['start screen', 'stop', 'start first']);
  call.tells('preview', 'P');
  expect(camera(desk)).toEqual({ kind: 'on', preview: true });
  call.tells('state', over);
  expect(camera(desk)).toEqual({ kind: 'off' });
  expect(shown({ told })).toBe('ended');
  await expect(desk.startCamera()).rejects.toThrow(overAlready);
});

test('who leaves while the camera is being started hears of it no more', async () => {
  const { desk, world, journal, join } = callScene();
  await join();
  const started = pending();
  world.cameraStarted = started.promise;
  const starting = desk.startCamera();
  await until(() => journal.includes('start first'));
  const leaving = desk.leave();
  await until(() => journal.includes('leave'));
  started.reject(new RoomkeyError('RK_CLOSED', 'it was left'));
  await Promise.all([starting, leaving]);
});

test('a page that takes over has the camera asked anew, and hears of no call that is over', async () => {
  const { desk, world, page, journal, join, notices } = callScene();
  const call = await join();
  await desk.startCamera();
  journal.length = 0;
  world.fps = 15;
  desk.changePage();
  await until(() => journal.length > 0);
  expect(journal).toEqual(['start first']);
  call.tells('state', over);
  page.codecs = [];
  desk.changePage();
  expect(notices()).toEqual([]);
});

test('pictures go to the page, and what it lost is asked for', async () => {
  const { desk, journal, join } = callScene();
  const call = await join();
  journal.length = 0;
  call.tells('frame', 'R');
  call.tells('preview', 'P');
  desk.requestKeyFrame();
  expect(journal).toEqual(['remote R', 'preview P', 'key frame']);
});

test('a camera that is lost is shown as failed; other notices change nothing of it', async () => {
  const { desk, join, notices } = callScene();
  const call = await join();
  await desk.startCamera();
  const error = new RoomkeyError('RK_HANDSHAKE_FAILED', 'somebody was refused');
  call.tells('notice', { topic: 'refused', error });
  expect(camera(desk)?.kind).toBe('on');
  expect(notices()).toEqual(['refused: somebody was refused']);
  call.tells('notice', { topic: 'camera', error: new RoomkeyError('RK_CAMERA_LOST', 'gone') });
  expect(camera(desk)?.kind).toBe('failed');
  expect(notices()).toEqual(['refused: somebody was refused', 'camera: gone']);
});

test('the password is right when the partner is there, and nothing is known of none', async () => {
  const locked = callScene({ password: true });
  (await locked.join('sesame')).tells('state', live);
  expect(locked.journal).toContain(`unlock ${ID} sesame`);
  const open = callScene();
  (await open.join()).tells('state', live);
  expect(open.journal).toEqual(['started']);
});

test('figures are told every second while the partner is there', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { told, join } = callScene();
    const call = await join();
    const figures = (): number => told.filter(({ event }) => event === 'statistics').length;
    expect(vi.getTimerCount()).toBe(0);
    call.tells('state', live);
    call.tells('state', { ...live, connections: 2 });
    vi.advanceTimersByTime(2_000);
    expect(figures()).toBe(2);
    call.tells('state', { phase: 'searching', absence: { name: 'Grace', kind: 'lost' } });
    expect(vi.getTimerCount()).toBe(0);
    expect(figures()).toBe(2);
    call.tells('state', live);
    vi.advanceTimersByTime(1_000);
    expect(figures()).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
