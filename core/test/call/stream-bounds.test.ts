import { describe, expect, it } from 'vitest';
import { RecordType } from '../../src/secure/records.js';
import type { TrafficClass } from '../../src/streams/traffic-class.js';
import { encodeControl } from '../../src/wire/control.js';
import { bytesHeader } from '../../src/wire/index.js';
import { hello, MuxPair, type TestSink } from '../streams/mux-pair.js';

const FRAGMENT = 16_384;

/** A guest that has accepted the stream 2 of a peer that sends what it likes. */
function receiver(trafficClass: TrafficClass) {
  const { guest } = new MuxPair();
  guest.answer = { trafficClass };
  const receive = (type: RecordType, stream: number, plaintext: Uint8Array, hasMore = false) =>
    guest.mux.receive(guest.scheduler, { type, stream, hasMore, plaintext });
  receive(RecordType.control, 0, encodeControl(hello));
  const open = { type: 'open', stream: 2, protocol: 'test/1' } as const;
  receive(RecordType.control, 0, encodeControl(open));
  const sink = guest.sinks[0]!;
  sink.takes = false;
  return {
    sink,
    fragment: (bytes: Uint8Array, hasMore: boolean) => receive(RecordType.data, 2, bytes, hasMore),
    /** Sends a unit of so many bytes, header included, or as many of its fragments. */
    unit: (number: number, length: number, fragments = Infinity) => {
      const unit = new Uint8Array(length);
      unit.set(bytesHeader({ number, capturedAt: 1 }));
      for (let at = 0, count = 0; at < length && count < fragments; at += FRAGMENT, count += 1) {
        const part = unit.subarray(at, at + FRAGMENT);
        receive(RecordType.data, 2, part, at + FRAGMENT < length);
      }
    },
  };
}

function lengths({ units }: TestSink): number[] {
  return units.map(({ length }) => length);
}

describe('a unit', () => {
  it('whose last fragment is empty behind full ones ends the call', () => {
    const { fragment, sink } = receiver('video');
    const first = new Uint8Array(FRAGMENT);
    first.set(bytesHeader({ number: 0, capturedAt: 1 }));
    fragment(first, true);
    expect(() => fragment(new Uint8Array(0), false)).toThrow('another size');
    expect(sink.units).toEqual([]);
  });

  it('of whole fragments only is taken', () => {
    const { unit, sink } = receiver('video');
    unit(0, 2 * FRAGMENT);
    expect(lengths(sink)).toEqual([2 * FRAGMENT]);
  });
});

describe('an ordered stream', () => {
  const MIB = 1 << 20;

  it('with more bytes than there is credit for ends the call', () => {
    const { unit, sink } = receiver('messages');
    unit(0, MIB);
    unit(1, MIB);
    expect(lengths(sink)).toEqual([MIB, MIB]);
    expect(() => unit(2, 17)).toThrow('no credit');
  });

  it('ends the call at the fragment that goes beyond the credit, and not when the unit is whole', () => {
    const { unit } = receiver('files');
    unit(0, MIB);
    unit(1, MIB - FRAGMENT);
    unit(2, 3 * FRAGMENT, 1);
    const { unit: other } = receiver('files');
    other(0, MIB);
    other(1, MIB - FRAGMENT);
    expect(() => other(2, 3 * FRAGMENT, 2)).toThrow('no credit');
  });

  it('may go on with as many bytes as its sink has taken', () => {
    const { unit, sink } = receiver('messages');
    unit(0, MIB);
    unit(1, MIB);
    sink.stream.consume();
    unit(2, MIB);
    expect(lengths(sink)).toHaveLength(3);
    expect(() => unit(3, 17)).toThrow('no credit');
  });
});
