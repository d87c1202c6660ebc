import { describe, expect, it, vi } from 'vitest';
import type { AudioKind } from '../../src/media/audio-protocol.js';
import { LocalAudioTrack } from '../../src/media/local-audio-track.js';
import { OutgoingStream, type OutgoingUnit } from '../../src/streams/outgoing-stream.js';
import type { StreamOptions, StreamPeer } from '../../src/streams/stream-protocol.js';
import { readAudioUnit } from '../../src/wire/index.js';
import { ManualAudio, SCREEN } from '../call/manual-audio.js';
import { ManualClock } from '../rooms/setup.js';

/** A stream that keeps what is sent, and is as late as a test says. */
class FakeStream {
  lateMs = 0;
  pendingUnits = 1;
  ended: string | undefined;
  readonly sequences: number[] = [];
  counts = { sent: 0, dropped: 0, bytes: 0 };

  send({ header, data }: OutgoingUnit): boolean {
    const bytes = Uint8Array.from([...header(this.counts.sent), ...data]);
    this.sequences.push(readAudioUnit(bytes).sequence);
    this.counts = { ...this.counts, sent: this.counts.sent + 1 };
    return true;
  }

  end(reason: string): void {
    this.ended = reason;
  }
}

/** A peer with one connection or two. */
function fakePeer(connections: 1 | 2) {
  const opened: { readonly kind: string | undefined; readonly stream: FakeStream }[] = [];
  const open = ({ kind }: StreamOptions): OutgoingStream => {
    const stream = new FakeStream();
    opened.push({ kind, stream });
    return stream as unknown as OutgoingStream;
  };
  const peer: StreamPeer = {
    hello: { type: 'hello', program: { name: 'Other', version: '1' }, protocols: [] },
    open,
    openCopy: (options) => (connections === 2 ? open(options) : undefined),
  };
  return { peer, opened };
}

async function setup(connections: 1 | 2 = 2, kind: AudioKind = 'microphone') {
  const audio = new ManualAudio();
  const clock = new ManualClock();
  const lost: unknown[] = [];
  const track = new LocalAudioTrack(kind, audio, clock, { onLost: (error) => lost.push(error) });
  const { peer, opened } = fakePeer(connections);
  track.connect(peer);
  const deviceId = kind === 'screen' ? SCREEN : 'microphone';
  await track.start({ deviceId, processing: false }, new AbortController().signal);
  const capture = async (): Promise<void> => {
    const { sent, dropped } = track.counts;
    audio.capture('x', kind);
    await vi.waitFor(() =>
      expect(track.counts.sent + track.counts.dropped).toBe(sent + dropped + 1),
    );
    clock.advance(20);
  };
  return { audio, clock, track, opened, capture, lost };
}

describe('a microphone', () => {
  it('copies what is late onto the other connection, with the same sequence, and stops', async () => {
    const { opened, capture, track, clock } = await setup();
    await capture();
    expect(opened.map(({ kind }) => kind)).toEqual(['microphone']);
    opened[0]!.stream.lateMs = 80;
    opened[0]!.stream.pendingUnits = 2;
    await capture();
    opened[0]!.stream.lateMs = 0;
    opened[0]!.stream.pendingUnits = 1;
    await capture();
    expect(opened.map(({ kind }) => kind)).toEqual(['microphone', 'copy']);
    expect(opened[0]!.stream.sequences).toEqual([0, 1, 2]);
    expect(opened[1]!.stream.sequences).toEqual([0, 1, 2]);
    clock.advance(5_000);
    await capture();
    expect(opened[1]!.stream.sequences).toEqual([0, 1, 2]);
    // The stream of the copies is kept for the next stall.
    opened[0]!.stream.lateMs = 80;
    await capture();
    expect(opened).toHaveLength(2);
    expect(opened[1]!.stream.sequences).toEqual([0, 1, 2, 4]);
    expect(track.counts).toEqual({ sent: 5, dropped: 0, copied: 4 });
  });

  it('copies nothing where there is one connection', async () => {
    const { opened, capture } = await setup(1);
    opened[0]!.stream.lateMs = 80;
    await capture();
    await capture();
    expect(opened).toHaveLength(1);
  });

  it('ends both streams when it stops, and opens new ones for the next peer', async () => {
    const { opened, capture, track } = await setup();
    opened[0]!.stream.lateMs = 80;
    await capture();
    await track.stop();
    expect(opened.map(({ stream }) => stream.ended)).toEqual(['stopped', 'stopped']);
    await track.start({ processing: false }, new AbortController().signal);
    const next = fakePeer(2);
    track.connect(next.peer);
    await capture();
    expect(next.opened.map(({ kind }) => kind)).toEqual(['microphone']);
    // The sequence goes on: the listener may be the same.
    expect(next.opened[0]!.stream.sequences).toEqual([1]);
    expect(track.counts).toEqual({ sent: 2, dropped: 0, copied: 1 });
  });

  it('sends silence in the place of the voice that waits when it is muted', async () => {
    const { audio, track, clock } = await setup();
    const sent: { readonly muted: boolean; readonly data: Uint8Array }[] = [];
    const stream = new OutgoingStream({
      ...{ id: 1, trafficClass: 'audio', intervalMs: 20 },
      handlers: { onReady: () => undefined, onRefused: () => undefined },
      carrier: {
        ...{ roundTripMs: 0, now: () => clock.now() },
        schedule: () => {
          for (let unit; (unit = stream.nextFragment()) !== undefined;) {
            const { muted, data } = readAudioUnit(Buffer.concat(unit.parts));
            sent.push({ muted, data });
          }
        },
        end: () => undefined,
      },
    });
    track.connect({ ...fakePeer(1).peer, open: () => stream });
    for (const text of ['first', 'second']) {
      audio.capture(text);
      await vi.waitFor(() => expect(stream.pendingUnits).toBe(text === 'first' ? 1 : 2));
    }
    track.setMuted(true);
    track.setMuted(false);
    audio.capture('third');
    await vi.waitFor(() => expect(stream.pendingUnits).toBe(3));
    stream.accept(0);
    expect(sent.map(({ muted }) => muted)).toEqual([true, true, false]);
    expect(sent.slice(0, 2).every(({ data }) => data.length === 80)).toBe(true);
    expect(Buffer.from(sent[2]!.data).toString()).toBe('third');
    expect(Buffer.concat(sent.map(({ data }) => data)).toString()).not.toContain('second');
  });

  it('sends nothing without a peer', async () => {
    const { opened, audio, track } = await setup();
    track.connect(undefined);
    audio.capture('x');
    await vi.waitFor(() => expect(track.level).toBe(0.5));
    expect(opened[0]!.stream.sequences).toEqual([]);
  });
});

describe('the sound of a screen', () => {
  it('has a stream of its own, and no copies of what is late', async () => {
    const { opened, capture, track } = await setup(2, 'screen');
    opened[0]!.stream.lateMs = 80;
    await capture();
    await capture();
    expect(opened.map(({ kind }) => kind)).toEqual(['screen']);
    expect(track.counts).toEqual({ sent: 2, dropped: 0, copied: 0 });
  });
});
