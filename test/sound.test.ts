import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { speech } from '../core/test/audio/sounds.js';
import { align, RATE, readWav, writeWav } from '../plugins/audio-command/test/support/sound.js';
import { twoMachines, type Machine } from './support/network.js';
import { describeWith } from './support/optional.js';
import { inPhase, isLive, Shell, type Line, type Running } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

const TALK_SECONDS = 10;
const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'] as const;
/** Samples of an envelope at 100 Hz. */
const FRAME = RATE / 100;

/** Ten seconds like speech, whose syllables are all different. */
function tenSeconds(): Float32Array {
  const sound = new Float32Array(TALK_SECONDS * RATE);
  for (let at = 0; at < sound.length; at += 960) sound.set(speech(at, 960), at);
  return sound;
}

/** How loud a sound is in each hundredth of a second. */
function envelope(sound: ArrayLike<number>): number[] {
  return Array.from({ length: Math.floor(sound.length / FRAME) }, (_, frame) => {
    let sum = 0;
    for (let at = frame * FRAME; at < (frame + 1) * FRAME; at += 1) sum += (sound[at] ?? 0) ** 2;
    return Math.sqrt(sum);
  });
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A part of a sound, ms: the jitter buffer changes the speed and the depth between them, not within. */
const PART_MS = 200;

/** Where each loud part of a sound is found in what was heard, and how similar it is there. */
function compare(talk: Float32Array, heard: Int16Array) {
  const [one, other] = [envelope(talk), envelope(heard)];
  const { offset } = align(one, other, other.length - one.length / 2);
  const length = (PART_MS * RATE) / 1000;
  const reach = RATE / 4;
  const loud = mean(one);
  return Array.from({ length: talk.length / length }, (_, index) => index * length)
    .filter((at) => mean(envelope(talk.subarray(at, at + length))) > loud)
    .map((at) => {
      const from = Math.max(0, offset * FRAME + at - reach);
      const found = align(
        talk.subarray(at, at + length),
        heard.subarray(from, from + length + 2 * reach),
        2 * reach,
      );
      return {
        atMs: (at / RATE) * 1000,
        delayMs: ((from + found.offset - at) / RATE) * 1000,
        similar: found.correlation,
      };
    });
}

/** How similar half of the parts are at least. */
function median(parts: ReturnType<typeof compare>): number {
  const similar = parts.map((part) => part.similar).sort((a, b) => a - b);
  return similar[Math.floor(similar.length / 2)] ?? 0;
}

/**
 * Two people on two machines, who talk from a file and hear into one. Other tests must not take their
 * time: sound waits for no one.
 */
async function talk(machines: readonly [Machine, Machine]) {
  const secrets = { ROOMKEY_PASSWORD: 'a good password', ROOMKEY_ROOM_PASSWORD: 'sesame' };
  const shells = await Promise.all(
    machines.map(({ prefix }) => Shell.open(secrets, [...prefix, 'nice', '-n', '-15'])),
  );
  const [grace, ada] = shells as [Shell, Shell];
  await Promise.all([
    grace.json('account', 'create', 'Grace'),
    ada.json('account', 'create', 'Ada'),
  ]);
  const room = `Sound ${process.pid}`;
  await grace.json('room', 'create', room, '--password');
  const sounds = { grace: tenSeconds(), ada: tenSeconds().reverse() };
  writeWav(join(grace.home, 'talk.wav'), sounds.grace);
  writeWav(join(ada.home, 'talk.wav'), sounds.ada);
  const devices = ['--microphone', 'file:talk.wav', '--speaker', 'file:heard.wav'];
  const host = grace.start('join', room, ...small, ...devices);
  await host.line(inPhase('waiting'));
  const guest = ada.start(
    'join',
    room,
    ...small,
    ...devices,
    '--stats',
    '--for',
    `${TALK_SECONDS + 2}`,
  );
  await Promise.all([host.line(isLive), guest.line(isLive)]);
  return {
    host,
    guest,
    sounds,
    heard: () => ({
      grace: readWav(join(grace.home, 'heard.wav')),
      ada: readWav(join(ada.home, 'heard.wav')),
    }),
  };
}

async function finish({ host, guest }: { readonly host: Running; readonly guest: Running }) {
  const ended = await guest.finished;
  expect(ended.code).toBe(0);
  host.signal('SIGINT');
  await host.finished;
  return guest.lines.at(-1) as Line & { readonly sound: Record<string, number> };
}

describeWith('netns', 'two commands', () => {
  it('carry speech both ways, from a file to a file', async () => {
    const call = await talk(await twoMachines());
    const left = await finish(call);
    const heard = call.heard();
    for (const [from, to] of [
      ['grace', 'ada'],
      ['ada', 'grace'],
    ] as const) {
      const parts = compare(call.sounds[from], heard[to]);
      expect(parts.length).toBeGreaterThan(10);
      expect(median(parts)).toBeGreaterThan(0.9);
      // What was said took as long as what was heard.
      const [first, last] = [parts[0], parts.at(-1)];
      expect(Math.abs((last?.delayMs ?? 0) - (first?.delayMs ?? 0))).toBeLessThan(40);
    }
    expect(left.sound['received']).toBeGreaterThan(TALK_SECONDS * 45);
    const figures = call.guest.lines.filter(({ event }) => event === 'statistics').at(-1);
    expect(figures?.['sound']).toMatchObject({
      depthMs: expect.any(Number) as number,
      targetMs: expect.any(Number) as number,
      mouthToEarMs: expect.any(Number) as number,
      offsetMs: expect.any(Number) as number,
      concealedShare: expect.any(Number) as number,
    });
  });
});

describeWith('nft', 'a network that stands still for a second', () => {
  it('leaves one gap in the sound, and then it is live again', async () => {
    const machines = await twoMachines();
    const call = await talk(machines);
    await sleep(4_000);
    await machines[1].run(
      'nft',
      'table inet stall { chain c { type filter hook input priority 0; iifname "lan" drop; }; }',
    );
    await sleep(1_000);
    await machines[1].run('nft', 'delete table inet stall');
    await finish(call);
    const parts = compare(call.sounds.grace, call.heard().ada);
    // The stall began after four seconds and more of it, and is over with what TCP sends again.
    const before = parts.filter(({ atMs }) => atMs < 3_000);
    const after = parts.filter(({ atMs }) => atMs > 6_500);
    expect(median(before)).toBeGreaterThan(0.9);
    expect(median(after)).toBeGreaterThan(0.8);
    // One gap: what is not heard lies in one piece.
    const unheard = parts.flatMap(({ similar }, index) => (similar < 0.5 ? [index] : []));
    expect(unheard.length).toBeGreaterThan(0);
    expect((unheard.at(-1) ?? 0) - (unheard[0] ?? 0)).toBe(unheard.length - 1);
    // Live: the buffer holds what such a network needs, and not the second that it stood still.
    const delays = (some: typeof parts): number => mean(some.map(({ delayMs }) => delayMs));
    expect(delays(after) - delays(before)).toBeLessThan(300);
  });
});
