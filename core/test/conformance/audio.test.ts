import { describe, expect, test } from 'vitest';
import type { AudioDevices, AudioOutput, AudioOutputStatistics } from '@roomkey/core';
import {
  audioConformance,
  fakeOpusDecoder,
  MemoryAudioDevices,
  type TestRunner,
} from '@roomkey/core/conformance';
import { failingCases } from '../../../test/support/failing-cases.js';
import { collecting, eachUnit, loud, withDevices, withInput, withOutput } from './broken-audio.js';

type Break = (memory: MemoryAudioDevices) => AudioDevices;

/** Runs the kit on devices in memory that are passed through `breakIt`. */
function kit(breakIt: Break = (memory) => memory) {
  return (runner: TestRunner) => {
    let memory: MemoryAudioDevices;
    audioConformance(runner, {
      unknownDeviceId: 'none',
      create: () => breakIt((memory = new MemoryAudioDevices())),
      decode: (packets) =>
        Float32Array.from(packets.flatMap((packet) => [...fakeOpusDecoder.decode(packet)])),
      pass: async (ms) => {
        for (let passed = 0; passed < ms; passed += 10) {
          memory.pass(10);
          // A microphone that collects what comes needs its turn.
          await new Promise(setImmediate);
        }
      },
      disconnect: () => memory.disconnect(),
    });
  };
}

describe('MemoryAudioDevices', () => {
  kit()({ describe, test });

  test('counts what is open', async () => {
    const memory = new MemoryAudioDevices();
    const input = await memory.openInput({ processing: true });
    const output = await memory.openOutput({});
    expect([memory.openInputs, memory.openOutputs]).toEqual([1, 1]);
    await input.close();
    await output.close();
    expect([memory.openInputs, memory.openOutputs]).toEqual([0, 0]);
  });
});

const lists = 'lists microphones and loudspeakers, each with a unique id and a label';
const reopens = 'releases a device on close, so that it opens again';
const aborts = 'rejects with the abort reason, before and during open';
const unknown = 'rejects an unknown device';
const format = 'gives units of the one format, whatever their length';
const sound = 'gives sound, with its level';
const times = 'states when the first sample of each unit was captured';
const backlog = 'never gives a slow consumer a backlog of more than 200 ms';
const memoryOf = 'does not write to a unit that was given';
const mutedPace = 'muted: gives silence of the same length and at the same pace';
const mutedBefore = 'muted: gives nothing that was captured before';
const mutedMeanwhile = 'muted: gives nothing that was captured meanwhile when it ends';
const unmuted = 'muted: gives the voice back when it ends';
const ends = 'ends the iteration without an error on close, which is idempotent';
const unitLength = 'rejects a length of units that there is not';
const inputGone = 'throws when the microphone goes away';
const plays = 'plays what arrives, with figures that only grow';
const conceals = 'makes up for what is missing';
const late = 'does not play what comes too late';
const streams = 'plays another stream, whatever came before it';
const bounded = 'keeps a bounded amount, whatever it is sent';
const hostile = 'goes on after units that make no sense';
const beside = 'plays beside another of the same device, and goes on after its close';
const volume = 'sets the volume, and refuses one that there is not';
const closed = 'plays nothing after close, which is idempotent';
const outputGone = 'says that the loudspeaker went away';

type Fault = [what: string, fails: string, breakIt: Break];

const deviceFaults: Fault[] = [
  [
    'that share an id',
    lists,
    (memory) =>
      withDevices(memory, () => ({
        outputs: () =>
          Promise.resolve([
            { id: 'a', label: 'A' },
            { id: 'a', label: 'B' },
          ]),
      })),
  ],
  [
    'without a label',
    lists,
    (memory) =>
      withDevices(memory, () => ({ inputs: () => Promise.resolve([{ id: 'a', label: '' }]) })),
  ],
  [
    'that are busy for good',
    reopens,
    (memory) => {
      let isTaken = false;
      return withDevices(memory, () => ({
        openOutput: (request, options) => {
          if (isTaken) return Promise.reject(new Error('busy'));
          isTaken = true;
          return memory.openOutput(request, options);
        },
      }));
    },
  ],
  [
    'that list in spite of an abort',
    aborts,
    (memory) => withDevices(memory, () => ({ outputs: () => memory.outputs() })),
  ],
  [
    'that open in spite of an abort',
    aborts,
    (memory) =>
      withDevices(memory, () => ({ openOutput: (request) => memory.openOutput(request) })),
  ],
  [
    'that open any microphone',
    unknown,
    (memory) =>
      withDevices(memory, () => ({
        openInput: ({ processing }, options) => memory.openInput({ processing }, options),
      })),
  ],
  [
    'that open any loudspeaker',
    unknown,
    (memory) =>
      withDevices(memory, () => ({ openOutput: (_, options) => memory.openOutput({}, options) })),
  ],
  [
    'that open one loudspeaker at a time',
    beside,
    (memory) => {
      let last: AudioOutput | undefined;
      return withDevices(memory, () => ({
        openOutput: async (request, options) => {
          const output = await memory.openOutput(request, options);
          await last?.close();
          return (last = output);
        },
      }));
    },
  ],
  [
    'that close all loudspeakers with the first',
    beside,
    (memory) => {
      const open = new Set<AudioOutput>();
      const closeAll = async (): Promise<void> => {
        for (const each of open) await each.close();
      };
      return withDevices(memory, () => ({
        openOutput: async (request, options) => {
          const output = await memory.openOutput(request, options);
          open.add(output);
          return {
            lost: output.lost,
            play: (unit) => output.play(unit),
            setVolume: (value) => output.setVolume(value),
            close: closeAll,
            get statistics() {
              return output.statistics;
            },
          };
        },
      }));
    },
  ],
  [
    'that take any length of units',
    unitLength,
    (memory) =>
      withDevices(memory, () => ({
        openInput: ({ unitMs, ...request }, options) =>
          memory.openInput({ ...request, unitMs: unitMs === 10 ? 10 : 20 }, options),
      })),
  ],
  [
    'that know only one length of units',
    format,
    (memory) =>
      withDevices(memory, () => ({
        openInput: ({ processing }, options) => memory.openInput({ processing }, options),
      })),
  ],
];

const shared = new Uint8Array(80);
const inputFaults: Fault[] = [
  [
    'whose packets are longer for voice',
    format,
    eachUnit((unit) => ({ ...unit, data: Uint8Array.from([...unit.data, 0]) })),
  ],
  [
    'that says another number of samples',
    format,
    eachUnit((unit) => ({ ...unit, samples: unit.samples + 1 })),
  ],
  ['without a level', sound, eachUnit((unit) => ({ ...unit, level: 0 }))],
  ['with a level in percent', sound, eachUnit((unit) => ({ ...unit, level: unit.level * 100 }))],
  ['that is muted from the start', sound, eachUnit((unit) => ({ ...unit, muted: true }))],
  ['that is always silent', sound, eachUnit((unit) => ({ ...unit, data: new Uint8Array(80) }))],
  ['whose clock stands still', times, eachUnit((unit) => ({ ...unit, capturedAt: 1e12 }))],
  [
    'whose clock is ahead',
    times,
    eachUnit((unit) => ({ ...unit, capturedAt: unit.capturedAt + 5000 })),
  ],
  [
    'whose clock goes too slowly',
    times,
    eachUnit((unit, index) => ({ ...unit, capturedAt: unit.capturedAt - index * 10 })),
  ],
  ['that queues', backlog, collecting('drops')],
  [
    'that reuses its memory',
    memoryOf,
    eachUnit((unit) => {
      shared.set(unit.data);
      return { ...unit, data: shared.subarray(0, unit.data.length) };
    }),
  ],
  ['that does not mute', mutedPace, withInput(() => ({ setMuted: () => undefined }))],
  [
    'that only says that it is muted',
    mutedPace,
    eachUnit((unit) => (unit.muted ? loud(unit) : unit)),
  ],
  [
    'that does not say that it is muted',
    mutedPace,
    eachUnit((unit) => ({ ...unit, muted: false })),
  ],
  [
    'whose silence is shorter',
    mutedPace,
    eachUnit((unit) => (unit.muted ? { ...unit, data: unit.data.subarray(0, 3) } : unit)),
  ],
  [
    'that shows a level while it is muted',
    mutedPace,
    eachUnit((unit) => (unit.muted ? { ...unit, level: 0.1 } : unit)),
  ],
  [
    'that pauses while it is muted',
    mutedPace,
    withInput((input) => ({
      [Symbol.asyncIterator]: async function* () {
        let muted = 0;
        for await (const unit of input) {
          muted = unit.muted ? muted + 1 : 0;
          if (muted % 15 < 2) yield unit;
        }
      },
    })),
  ],
  ['that sends what waits when it is muted', mutedBefore, collecting('keeps')],
  [
    'that sends what was said while it was muted',
    mutedMeanwhile,
    withInput((input) => {
      let isMuted = false;
      return {
        setMuted: (muted) => {
          isMuted = muted;
          input.setMuted(muted);
        },
        [Symbol.asyncIterator]: async function* () {
          for await (const unit of input) yield isMuted ? unit : loud({ ...unit, muted: false });
        },
      };
    }),
  ],
  [
    'that stays muted',
    unmuted,
    withInput((input) => ({ setMuted: (muted) => muted && input.setMuted(true) })),
  ],
  [
    'that throws on close',
    ends,
    withInput((input) => ({
      [Symbol.asyncIterator]: async function* () {
        yield* input;
        throw new Error('closed');
      },
    })),
  ],
  [
    'that cannot be closed twice',
    ends,
    withInput((input) => {
      let isClosed = false;
      return {
        close: () => {
          if (isClosed) return Promise.reject(new Error('closed already'));
          isClosed = true;
          return input.close();
        },
      };
    }),
  ],
  [
    'that cannot be muted after close',
    ends,
    withInput((input) => {
      let isClosed = false;
      return {
        close: () => {
          isClosed = true;
          return input.close();
        },
        setMuted: (muted) => {
          if (isClosed) throw new Error('closed');
          input.setMuted(muted);
        },
      };
    }),
  ],
  [
    'that ends without a word when it is gone',
    inputGone,
    withInput((input) => ({
      [Symbol.asyncIterator]: async function* () {
        try {
          yield* input;
        } catch {
          // It keeps that to itself.
        }
      },
    })),
  ],
];

/** A loudspeaker whose figures are changed. */
const figures = (change: (statistics: AudioOutputStatistics) => Partial<AudioOutputStatistics>) =>
  withOutput((output) => ({
    get statistics() {
      return { ...output.statistics, ...change(output.statistics) };
    },
  }));
const outputFaults: Fault[] = [
  ['that plays nothing', plays, withOutput(() => ({ play: () => undefined }))],
  [
    'that counts twice',
    plays,
    figures(({ playedSamples }) => ({ playedSamples: 2 * playedSamples })),
  ],
  ['without a target', plays, figures(() => ({ targetMs: 0 }))],
  ['with a negative depth', plays, figures(() => ({ depthMs: -1 }))],
  ['without a level', plays, figures(() => ({ level: 0 }))],
  ['that counts no underruns', plays, figures(() => ({ underruns: 0 }))],
  ['whose figures fall', plays, figures(({ playedSamples }) => ({ lateUnits: -playedSamples }))],
  ['that leaves gaps', conceals, figures(() => ({ concealedSamples: 0 }))],
  ['that counts nothing late', late, figures(() => ({ lateUnits: 0 }))],
  [
    'that plays everything in the order of its arrival',
    late,
    withOutput((output) => {
      let number = 0;
      let capturedAt: number | undefined;
      return {
        play: (unit) => {
          capturedAt = (capturedAt ?? unit.capturedAt) + 20;
          output.play({ ...unit, number: number++, capturedAt });
        },
      };
    }),
  ],
  [
    'that takes all units for those of one stream',
    streams,
    withOutput((output) => ({ play: (unit) => output.play({ ...unit, stream: 0 }) })),
  ],
  ['that keeps everything', bounded, figures(({ depthMs }) => ({ depthMs: 20 * depthMs }))],
  [
    'that refuses a broken unit',
    hostile,
    withOutput((output) => ({
      play: (unit) => {
        if (unit.data.length === 0) throw new RangeError('no packet');
        output.play(unit);
      },
    })),
  ],
  [
    'that stops at a broken unit',
    hostile,
    withOutput((output) => {
      let isBroken = false;
      return {
        play: (unit) => {
          isBroken ||= unit.data.length === 0;
          if (!isBroken) output.play(unit);
        },
      };
    }),
  ],
  [
    'whose figures are broken by a broken unit',
    hostile,
    withOutput((output) => {
      let age = 0;
      return {
        play: (unit) => {
          age += unit.capturedAt;
          output.play(unit);
        },
        get statistics() {
          return { ...output.statistics, depthMs: age * 0 };
        },
      };
    }),
  ],
  [
    'that takes any volume',
    volume,
    withOutput((output) => ({
      setVolume: (value) => output.setVolume(Math.min(1, Math.max(0, value || 0))),
    })),
  ],
  [
    'without a volume',
    volume,
    withOutput(() => ({
      setVolume: () => {
        throw new RangeError('there is none');
      },
    })),
  ],
  ['that plays on after close', closed, withOutput(() => ({ close: () => Promise.resolve() }))],
  [
    'that cannot be closed twice',
    closed,
    withOutput((output) => {
      let isClosed = false;
      return {
        close: () => {
          if (isClosed) return Promise.reject(new Error('closed already'));
          isClosed = true;
          return output.close();
        },
      };
    }),
  ],
  [
    'that throws after close',
    closed,
    withOutput((output) => {
      let isClosed = false;
      return {
        close: () => {
          isClosed = true;
          return output.close();
        },
        play: (unit) => {
          if (isClosed) throw new Error('closed');
          output.play(unit);
        },
      };
    }),
  ],
  [
    'that takes its close for a loss',
    closed,
    withOutput((output) => {
      let lose: ((error: Error) => void) | undefined;
      return {
        lost: new Promise((resolve) => (lose = resolve)),
        close: () => {
          lose?.(new Error('closed'));
          return output.close();
        },
      };
    }),
  ],
  [
    'that does not say which way it is gone',
    outputGone,
    withOutput(() => ({ lost: Promise.resolve(new Error('gone')) })),
  ],
];

describe.concurrent.each([
  ['devices', deviceFaults],
  ['a microphone', inputFaults],
  ['a loudspeaker', outputFaults],
])('the audio kit finds %s', (_, faults) => {
  test.each(faults)('%s', async (_what, fails, breakIt) => {
    expect(await failingCases(kit(breakIt), fails)).toEqual([fails]);
  });
});

test('every rule of the audio kit has a fault that breaks it', () => {
  const rules: string[] = [];
  kit()({ describe: (_, fn) => fn(), test: (name) => void rules.push(name) });
  const broken = [...deviceFaults, ...inputFaults, ...outputFaults].map(([, fails]) => fails);
  expect(rules.filter((rule) => !broken.includes(rule))).toEqual([]);
});
