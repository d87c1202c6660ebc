import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { audioConformance } from '@roomkey/core/conformance';
import { CommandAudio } from '../src/command-audio.js';
import { openDecoder } from '../src/opus.js';
import { ManualClock } from './support/manual-clock.js';
import { nodeCommand } from './support/node-command.js';
import { sine, temporaryFolder, writeWav } from './support/sound.js';

const folder = temporaryFolder();

beforeAll(() => writeWav(join(folder.path, 'steady.wav'), sine(440, 60)));

/** Decodes with a decoder of its own, so that what an encoder still held shows. */
async function decode(packets: readonly Uint8Array[]): Promise<Float32Array> {
  const decoder = await openDecoder();
  const samples = packets.flatMap((packet) => [...decoder.decode(packet)]);
  decoder.free();
  return Float32Array.from(samples);
}

describe('files', () => {
  let clock: ManualClock;
  audioConformance(
    { describe, test },
    {
      create: () => {
        clock = new ManualClock();
        const [input, output] = ['file:steady.wav', 'file:out.wav'];
        return new CommandAudio({ input, output, base: folder.path, clock });
      },
      unknownDeviceId: 'microphone',
      decode,
      pass: (ms) => clock.advance(ms),
    },
  );
});

describe('programs', () => {
  let clock: ManualClock;
  let end: string;
  let count = 0;
  audioConformance(
    { describe, test },
    {
      create: () => {
        clock = new ManualClock();
        end = join(folder.path, `end-${count++}`);
        return new CommandAudio({
          input: nodeCommand('tone-program.js', end),
          output: nodeCommand('sink-program.js', end),
          base: folder.path,
          clock,
        });
      },
      unknownDeviceId: 'command:roomkey-has-no-such-program',
      decode,
      pass: (ms) => clock.advance(ms),
      disconnect: () => writeFileSync(end, ''),
    },
  );
});
