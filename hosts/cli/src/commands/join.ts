import { serviceKinds, type Roomkey } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { UsageError } from '../failure.js';
import { parseCameraOption, withCamera } from '../join/camera-option.js';
import { captureOptions, type CaptureOptions } from '../join/capture-options.js';
import { findRoom } from '../join/find-room.js';
import { FrameOutput } from '../join/frame-output.js';
import { positiveInteger, positiveNumber } from '../join/numbers.js';
import { openCall } from '../join/open-call.js';
import { runJoin } from '../join/run-join.js';
import { tellOfStorage } from '../storage-notice.js';

interface JoinCommandOptions extends CaptureOptions {
  readonly camera?: string;
  readonly out?: string;
  readonly maxBytes: number;
  readonly for?: number;
  readonly frames?: number;
  readonly stats?: true;
  readonly passwordStdin?: true;
  readonly newPassword?: true;
}

export function defineJoin(program: Command, run: Run): void {
  const join = program
    .command('join <room>')
    .description('enter a room by name or id: its owner hosts it, others join')
    .option(
      '--camera <camera>',
      'pattern, opencv, opencv:NUMBER, file:PATH, url:URL or pipeline:PIPELINE',
    )
    .option(
      '--out <path>',
      'write the other side’s video as Motion JPEG to a file, or - for stdout',
    )
    .option(
      '--max-bytes <count>',
      'the most that is written to a file',
      positiveInteger,
      4 * 2 ** 30,
    )
    .option(
      '--for <seconds>',
      'leave so many seconds after the other side first came',
      positiveNumber,
    )
    .option(
      '--frames <count>',
      'leave after so many frames of the other side’s video',
      positiveInteger,
    )
    .option('--stats', 'print figures every second')
    .option('--password-stdin', 'read the room’s password from standard input')
    .option('--new-password', 'the password of your own room is not the one of last time')
    .action(run(joinRoom));
  captureOptions(join);
}

async function joinRoom(
  context: CommandContext,
  name: string,
  options: JoinCommandOptions,
): Promise<void> {
  const { output, signal } = context;
  if (options.out === '-' && output.json) {
    throw new UsageError('With --out - the pictures go to standard output; leave out --json.');
  }
  const camera = parseCameraOption(options.camera, process.cwd());
  const config = withCamera(await context.config(), camera);
  const roomkey = await context.open(serviceKinds, config);
  const account = await roomkey.accounts.require({ signal });
  tellOfCamera(context, roomkey);
  tellOfStorage(roomkey, output);
  const room = await findRoom(roomkey, account, name, context);
  // Before a password is typed that belongs to someone else.
  await roomkey.calls.verifyOwner(account, room);
  const call = await openCall(context, roomkey, { ...options, account, room });
  // Before the room is opened for someone whose video could not be kept.
  const frames = await openOutput(context, options);
  await runJoin(call, output, {
    capture: {
      width: options.size.width,
      height: options.size.height,
      fps: options.fps,
      quality: options.quality,
    },
    isCameraNamed: options.camera !== undefined,
    frames,
    seconds: options.for,
    frameCount: options.frames,
    statistics: options.stats ?? false,
    isOpen: room.live,
    signal,
  });
}

async function openOutput(
  { output, signal }: CommandContext,
  { out, maxBytes }: JoinCommandOptions,
): Promise<FrameOutput | undefined> {
  if (out === undefined) return undefined;
  const onFull = (): void =>
    output.warn(`${out} has ${maxBytes} bytes: no more is written. Allow more with --max-bytes.`);
  return FrameOutput.open({ path: out, maxBytes, onFull }, signal);
}

/** Where the first choice of camera was not to be had, the person should know what is shown. */
function tellOfCamera({ output }: CommandContext, { plugins }: Roomkey): void {
  const report = plugins.find(({ service }) => service === 'camera');
  if (report?.skipped.some(({ isExpected }) => isExpected) !== true) return;
  output.note(`The other side sees the pictures of ${report.name} instead.`);
}
