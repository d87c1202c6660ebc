import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { runDemo } from '../demo/run-demo.js';
import { WANTED_SHARE, type DemoResult, type DemoSide } from '../demo/verdict.js';
import { ExitCode } from '../exit-codes.js';
import { captureOptions, type CaptureOptions } from '../join/capture-options.js';
import { positiveNumber } from '../join/numbers.js';

interface DemoCommandOptions extends CaptureOptions {
  readonly camera: string;
  readonly for: number;
}

export function defineDemo(program: Command, run: Run): void {
  const demo = program
    .command('demo')
    .description('run an encrypted call between two processes, and check every frame')
    .option('--camera <camera>', 'as for `roomkey join`', 'pattern')
    .option('--for <seconds>', 'how long the call lasts', positiveNumber, 5)
    .action(run(demonstrate));
  captureOptions(demo);
}

async function demonstrate(context: CommandContext, options: DemoCommandOptions): Promise<void> {
  const { output, signal } = context;
  const result = await runDemo({
    camera: options.camera,
    width: options.size.width,
    height: options.size.height,
    fps: options.fps,
    quality: options.quality,
    seconds: options.for,
    signal,
    progress: (line) => output.note(line),
  });
  output.result(result, describe(result));
  if (!result.ok) context.exitCode = ExitCode.unexpected;
}

function describe(result: DemoResult): string {
  const { host, guest, ok } = result;
  const verdict = ok
    ? 'Both saw and heard each other; every frame arrived as it was sent.'
    : `FAILED: each side must see at least ${WANTED_SHARE * 100} % of the frames, none corrupted, none out of order, and hear as much of the tone.`;
  return [
    describeSide(host, guest.peer),
    describeSide(guest, host.peer),
    `Words on both sides: ${host.words.join(' ')}`,
    `Encrypted with ${host.cipher} over ${host.connections === 2 ? 'one connection each way' : 'one connection'}; video from ${host.camera}.`,
    verdict,
  ].join('\n');
}

function describeSide(side: DemoSide, name: string): string {
  const { received, fps, ageMs, peer, share, corrupted, sound, soundShare } = side;
  const heard = `and heard ${Math.round(soundShare * 100)} % of the tone, age p50 ${sound.ageMs.p50} ms, p99 ${sound.ageMs.p99} ms`;
  return `${name} saw ${received} frames of ${peer} (${Math.round(share * 100)} %), ${fps} fps, age p50 ${ageMs.p50} ms, p99 ${ageMs.p99} ms, ${corrupted} corrupted, ${heard}.`;
}
