import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureTime, type AudioInput, type AudioOutput, type AudioUnit } from '@roomkey/core';
import { describeWith } from '../../../test/support/optional.js';
import { CommandAudio } from '../src/command-audio.js';
import { openDecoder } from '../src/opus.js';
import { ProgramSink } from '../src/program-sink.js';
import { Program } from '../src/program.js';
import { splitWords } from '../src/split-words.js';
import { ManualClock } from './support/manual-clock.js';
import { nodeCommand } from './support/node-command.js';
import { correlation, sine, temporaryFolder } from './support/sound.js';

const folder = temporaryFolder();
const audio = () => new CommandAudio({ input: 'none', output: 'none', base: folder.path });

async function openInput(deviceId: string, signal?: AbortSignal): Promise<AudioInput> {
  const options = signal === undefined ? {} : { signal };
  const input = await audio().openInput({ deviceId, processing: false }, options);
  onTestFinished(() => input.close());
  return input;
}

async function openOutput(deviceId: string): Promise<AudioOutput> {
  const output = await audio().openOutput({ deviceId });
  onTestFinished(() => output.close());
  return output;
}

/** A program of one line of JavaScript. */
function script(text: string): string {
  return `command:'${process.execPath}' -e '${text}'`;
}

async function take(input: AudioInput, count: number): Promise<AudioUnit[]> {
  const units: AudioUnit[] = [];
  for await (const unit of input) if (units.push(unit) === count) break;
  return units;
}

describe('splitWords', () => {
  test.each([
    ['arecord -r 48000', ['arecord', '-r', '48000']],
    ["  a   'b c'  ", ['a', 'b c']],
    ['a"b c"d', ['ab cd']],
    [String.raw`a\ b "c\"d" 'e\f'`, ['a b', 'c"d', String.raw`e\f`]],
    ['\'\' ""', ['', '']],
    ['$HOME *.wav | cat', ['$HOME', '*.wav', '|', 'cat']],
    ['', []],
  ])('splits %s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test.each(["a 'b", 'a "b', "it's"])('does not close %s', (text) => {
    expect(splitWords(text)).toBeUndefined();
  });
});

describe('a program as a microphone', () => {
  test('gives its sound', async () => {
    const clock = new ManualClock();
    const audio = new CommandAudio({ input: 'none', output: 'none', base: folder.path, clock });
    const deviceId = nodeCommand('tone-program.js');
    const input = await audio.openInput({ deviceId, processing: false });
    onTestFinished(() => input.close());
    const units: AudioUnit[] = [];
    void (async () => {
      for await (const unit of input) units.push(unit);
    })();
    await clock.advance(2000);
    const decoder = await openDecoder();
    const samples = units.slice(-50).flatMap(({ data }) => [...decoder.decode(data)]);
    decoder.free();
    const best = Array.from({ length: 110 }, (_, offset) =>
      correlation(sine(440, 0.9), samples, 480 + offset),
    );
    expect(Math.max(...best)).toBeGreaterThan(0.99);
  });

  test('sets the pace, and its sound is as old as it came', async () => {
    const input = await openInput(nodeCommand('tone-program.js', 'no-end', 'live'));
    const units = await take(input, 25);
    for (const [index, { capturedAt }] of units.entries()) {
      if (index === 0) continue;
      const step = capturedAt - (units[index - 1]?.capturedAt ?? 0);
      expect(step).toBeGreaterThan(19);
    }
  });

  test('stays silent after it was muted for as long as its buffers may hold what was said', async () => {
    const input = await openInput(nodeCommand('tone-program.js', 'no-end', 'live'));
    input.setMuted(true);
    await take(input, 5);
    const unmutedAt = captureTime();
    input.setMuted(false);
    for await (const { muted, capturedAt } of input) {
      if (muted) continue;
      expect(capturedAt).toBeGreaterThanOrEqual(unmutedAt + 40);
      break;
    }
  });

  test('gets neither our secrets nor a shell', async () => {
    process.env['ROOMKEY_PASSWORD'] = 'secret';
    onTestFinished(() => {
      delete process.env['ROOMKEY_PASSWORD'];
    });
    const file = join(folder.path, 'environment.json');
    const text = `require("fs").writeFileSync("environment.json", JSON.stringify([process.env, process.argv])); process.stdout.write(Buffer.alloc(9600))`;
    await openInput(`${script(text)} "$HOME" ; true`);
    const [environment, argv] = JSON.parse(readFileSync(file, 'utf8')) as [object, string[]];
    expect(environment).not.toHaveProperty('ROOMKEY_PASSWORD');
    expect(argv.slice(1)).toEqual(['$HOME', ';', 'true']);
  });

  test.each([
    ['does not exist', 'command:roomkey-has-no-such-program', 'RK_AUDIO_NOT_FOUND', 'no program'],
    ['may not be run', 'command:./locked', 'RK_AUDIO_DENIED', 'not permitted'],
    ['ends at once', script('process.exit(3)'), 'RK_AUDIO_FAILED', 'with code 3. It said nothing'],
    [
      'says why it ends',
      script('console.error("one\\ntwo: no such source\\n"); process.exit(1)'),
      'RK_AUDIO_FAILED',
      'It said: two: no such source.',
    ],
    [
      'says that the device is in use',
      script('console.error("audio open error: Device or resource busy"); process.exit(1)'),
      'RK_AUDIO_BUSY',
      'busy',
    ],
    ['has no name', 'command: ', 'RK_AUDIO_NOT_FOUND', 'is empty'],
    ['has a NUL in its name', 'command:a\0b', 'RK_AUDIO_NOT_FOUND', 'has a NUL character'],
    ['has an open quote', "command:a 'b", 'RK_AUDIO_NOT_FOUND', 'not closed'],
  ])('that %s is refused', async (_, deviceId, code, message) => {
    writeFileSync(join(folder.path, 'locked'), '');
    const opening = audio().openInput({ deviceId, processing: false });
    await expect(opening).rejects.toMatchObject({ code });
    await expect(opening).rejects.toThrow(message);
  });

  test('that ends later is lost, after what it gave', async () => {
    const input = await openInput(
      script('process.stdout.write(Buffer.alloc(19200)); console.error("\\x1b[31m gone")'),
    );
    const units: AudioUnit[] = [];
    const all = (async () => {
      for await (const unit of input) units.push(unit);
    })();
    await expect(all).rejects.toMatchObject({ code: 'RK_AUDIO_LOST' });
    await expect(all).rejects.toThrow('It said: [31m gone.');
    expect(units).toHaveLength(10);
  });

  test('is stopped where it is no longer wanted before it gave a sound', async () => {
    const controller = new AbortController();
    const opening = openInput(script('setInterval(() => 0, 1000)'), controller.signal);
    setImmediate(() => controller.abort(new Error('changed my mind')));
    await expect(opening).rejects.toThrow('changed my mind');
  });

  test('ends with what it started, also where it does not want to', async () => {
    const child = `setInterval(() => 0, 1000)`;
    const parent = `
      process.on("SIGTERM", () => 0);
      const { pid } = require("child_process").spawn(process.execPath, ["-e", "${child}"]);
      require("fs").writeFileSync("family.json", JSON.stringify([process.pid, pid]));
      process.stdout.write(Buffer.alloc(9600));
      setInterval(() => 0, 1000);`;
    const input = await openInput(script(parent));
    const family = JSON.parse(readFileSync(join(folder.path, 'family.json'), 'utf8')) as number[];
    await input.close();
    for (const pid of family) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('ends with Roomkey, also where that does not close it, and it hears nothing of that', async () => {
    const stubborn = `
      process.on("SIGTERM", () => 0);
      process.stdout.write(Buffer.alloc(9600));
      require("fs").writeFileSync("stubborn.json", String(process.pid));
      setInterval(() => 0, 1000);`;
    const module = new URL('../dist/command-audio.js', import.meta.url).href;
    const main = `
      const { CommandAudio } = await import(${JSON.stringify(module)});
      const audio = new CommandAudio({ input: 'none', output: 'none', base: '.' });
      await audio.openInput({ deviceId: ${JSON.stringify(script(stubborn))}, processing: false });
      process.exit();`;
    const roomkey = spawn(process.execPath, ['--input-type=module', '-e', main], {
      cwd: folder.path,
    });
    await once(roomkey, 'exit');
    const pid = Number(readFileSync(join(folder.path, 'stubborn.json'), 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

describe('a program as a loudspeaker', () => {
  test('gets everything, and ends when it has played it', async () => {
    const file = join(folder.path, 'heard.raw');
    const clock = new ManualClock();
    const audio = new CommandAudio({ input: 'none', output: 'none', base: folder.path, clock });
    const deviceId = nodeCommand('sink-program.js', 'no-end', file);
    const output = await audio.openOutput({ deviceId });
    // Less than the system keeps for a program that has not started to read.
    await clock.advance(500);
    await output.close();
    expect(readFileSync(file)).toHaveLength(48_000);
  });

  test('that hangs loses sound, and costs no memory', async () => {
    const words = splitWords(script('setInterval(() => 0, 1000)').slice('command:'.length)) ?? [];
    const [command = '', ...args] = words;
    const program = await Program.start({ program: command, args }, '.', 'stdin', undefined);
    const sink = new ProgramSink(program);
    for (let block = 0; block < 3000; block++) sink.write(new Uint8Array(960));
    expect(program.stdin.writableLength).toBeLessThan(100 * 960);
    await sink.close();
  });

  test('that ends at once fails, with its last words', async () => {
    await expect(
      openOutput(script('console.error("no card"); process.exit(1)')),
    ).rejects.toMatchObject({
      code: 'RK_AUDIO_FAILED',
      message: expect.stringContaining('It said: no card.') as string,
    });
  });

  test('that runs on and reads no more is lost', async () => {
    const output = await openOutput("command:sh -c 'exec <&-; exec sleep 60'");
    await expect(output.lost).resolves.toMatchObject({
      code: 'RK_AUDIO_LOST',
      message: expect.stringContaining('takes no more sound') as string,
    });
  });

  test('that ends is lost, with its last words', async () => {
    const output = await openOutput(
      script('setTimeout(() => { console.error("no sink"); process.exit(1) }, 1000)'),
    );
    await expect(output.lost).resolves.toMatchObject({
      code: 'RK_AUDIO_LOST',
      message: expect.stringContaining('It said: no sink.') as string,
    });
  });
});

describeWith('ffmpeg', 'FFmpeg as a microphone', () => {
  test('is held back to the pace of time', async () => {
    const input = await openInput(
      'command:ffmpeg -v error -nostdin -f lavfi -i sine=frequency=440:sample_rate=48000 -f s16le -',
    );
    const units = await take(input, 30);
    expect(units.every(({ level }) => level > 0.05)).toBe(true);
    const [first, last] = [units[0], units.at(-1)];
    expect((last?.capturedAt ?? 0) - (first?.capturedAt ?? 0)).toBeGreaterThan(29 * 19.7);
  });
});

/** Whether a process is there, and no zombie. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = join('/proc', String(pid), 'stat');
  return !(existsSync(stat) && readFileSync(stat, 'utf8').includes(' Z '));
}
