import { serviceKinds, type LetIn, type Roomkey } from '@roomkey/core/host';
import { Option, type Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { UsageError } from '../failure.js';
import { parseCameraOption, withCamera } from '../join/camera-option.js';
import { captureOptions, type CaptureOptions } from '../join/capture-options.js';
import { findRoom } from '../join/find-room.js';
import { FrameOutput } from '../join/frame-output.js';
import { positiveInteger, positiveNumber } from '../join/numbers.js';
import { letInPolicy, letInValues } from '../join/let-in-option.js';
import { openCall } from '../join/open-call.js';
import { runJoin } from '../join/run-join.js';
import { parseSoundDevice, startSound } from '../join/sound.js';
import { reportStorage } from '../storage-notice.js';

interface JoinCommandOptions extends CaptureOptions {
  readonly camera?: string;
  readonly microphone?: string;
  readonly speaker?: string;
  readonly out?: string;
  readonly maxBytes: number;
  readonly for?: number;
  readonly frames?: number;
  readonly stats?: true;
  readonly passwordStdin?: true;
  readonly newPassword?: true;
  readonly letIn?: LetIn;
}

export function defineJoin(program: Command, run: Run): void {
  const join = program
    .command('join <room>')
    .description('join a room by name or id; if it is yours, this opens it')
    .option(
      '--camera <camera>',
      'pattern, opencv, opencv:NUMBER, file:PATH, url:URL or pipeline:PIPELINE',
    )
    .option(
      '--microphone <device>',
      'file:PATH.wav, command:PROGRAM, tone, or none; default: that of the configuration',
    )
    .option(
      '--speaker <device>',
      'file:PATH.wav, command:PROGRAM, or none; default: that of the configuration',
    )
    .option(
      '--out <path>',
      'write the other side’s video as Motion JPEG to a file, or - for stdout',
    )
    .option(
      '--max-bytes <count>',
      'the most bytes to write to a file',
      positiveInteger,
      4 * 2 ** 30,
    )
    .option('--for <seconds>', 'leave this many seconds after the call begins', positiveNumber)
    .option(
      '--frames <count>',
      'leave after this many frames of the other side’s video',
      positiveInteger,
    )
    .option('--stats', 'print figures every second')
    .option('--password-stdin', 'read the room’s password from standard input')
    .option('--new-password', 'use a password for your own room that differs from last time')
    .addOption(
      new Option(
        '--let-in <who>',
        'who gets into your own room without a question to you: ask (no one), known (people you’ve met) or anyone; default: anyone in a room with a password, else ask in a terminal and known elsewhere',
      ).choices(letInValues),
    )
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
    throw new UsageError('With --out - the video goes to standard output; leave out --json.');
  }
  const camera = parseCameraOption(options.camera, process.cwd());
  const config = withCamera(await context.config(), camera);
  const roomkey = await context.open(serviceKinds, config);
  const account = await roomkey.accounts.require({ signal });
  noteSkippedCamera(context, roomkey);
  reportStorage(roomkey, output);
  const room = await findRoom(roomkey, account, name, context);
  // Before the user types a password for someone else’s room.
  await roomkey.calls.verifyOwner(account, room);
  const letIn = letInPolicy(options.letIn, room, process.stdin.isTTY);
  if (letIn === 'known') {
    output.note(
      'Only people you’ve met can join. They come in without a question, and are told that perhaps no one is looking. To let others in, too, use --let-in anyone.',
    );
  }
  const call = await openCall(context, roomkey, { ...options, account, room, letIn });
  // Before the room is opened, since without the output the video could not be written.
  const frames = await openOutput(context, options);
  await runJoin(call, output, {
    capture: {
      width: options.size.width,
      height: options.size.height,
      fps: options.fps,
      quality: options.quality,
    },
    isCameraNamed: options.camera !== undefined,
    isSoundNamed: options.microphone !== undefined || options.speaker !== undefined,
    startSound: (onFailure) =>
      startSound(
        call,
        roomkey,
        {
          microphone: parseSoundDevice(options.microphone, process.cwd()),
          speaker: parseSoundDevice(options.speaker, process.cwd()),
        },
        onFailure,
      ),
    frames,
    seconds: options.for,
    frameCount: options.frames,
    statistics: options.stats ?? false,
    isOpen: room.live,
    terminal: { input: process.stdin, echo: process.stderr },
    signal,
  });
}

async function openOutput(
  { output, signal }: CommandContext,
  { out, maxBytes }: JoinCommandOptions,
): Promise<FrameOutput | undefined> {
  if (out === undefined) return undefined;
  const onFull = (): void =>
    output.warn(`${out} is full at ${maxBytes} bytes. Allow more with --max-bytes.`);
  return FrameOutput.open({ path: out, maxBytes, onFull }, signal);
}

/** Says which camera the other side sees, if the first choice was not available. */
function noteSkippedCamera({ output }: CommandContext, { plugins }: Roomkey): void {
  const report = plugins.find(({ service }) => service === 'camera');
  if (report?.skipped.some(({ isExpected }) => isExpected) !== true) return;
  output.note(`The other side sees video from ${report.name} instead.`);
}
