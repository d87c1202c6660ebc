import { expect, test } from 'vitest';
import type { VideoFrame } from '@roomkey/core/host';
import { FrameGate } from '../../src/app/frame-gate.js';
import { BinaryKind, decodePageFrame } from '../../src/messages/index.js';

/** A page whose pending bytes a test sets. */
function gate() {
  const sent: string[] = [];
  const requests = { count: 0 };
  const port = {
    pendingBytes: 0,
    send: (message: string | Uint8Array) => {
      const { kind, number, frame } = decodePageFrame(message as Uint8Array);
      sent.push(`${kind === BinaryKind.remote ? 'remote' : 'preview'} ${number} ${frame.codec}`);
    },
  };
  return { port, sent, requests, gate: new FrameGate(port, () => (requests.count += 1)) };
}

const picture = { data: Uint8Array.of(1), width: 16, height: 16, capturedAt: 1 };
const jpeg: VideoFrame = { codec: 'jpeg', ...picture };
const key: VideoFrame = { codec: 'h264', isKey: true, ...picture };
const delta: VideoFrame = { codec: 'h264', isKey: false, ...picture };

test('a page that keeps up gets every frame', () => {
  const { gate: one, sent, requests } = gate();
  [key, delta, delta, jpeg, jpeg, key, delta].forEach((frame, number) =>
    one.remote({ number, frame }),
  );
  one.preview(jpeg);
  expect(sent).toEqual([
    'remote 0 h264',
    'remote 1 h264',
    'remote 2 h264',
    'remote 3 jpeg',
    'remote 4 jpeg',
    'remote 5 h264',
    'remote 6 h264',
    'preview 0 jpeg',
  ]);
  expect(requests.count).toBe(0);
});

test('a page that connects during a call waits for a key frame and requests it', () => {
  const { gate: one, sent, requests } = gate();
  [delta, delta, key, delta].forEach((frame, number) => one.remote({ number, frame }));
  expect(requests.count).toBe(2);
  expect(sent).toEqual(['remote 2 h264', 'remote 3 h264']);
});

test('a slow page gets no backlog, and requests a key frame once it keeps up', () => {
  const { gate: one, sent, requests, port } = gate();
  one.remote({ number: 0, frame: key });
  port.pendingBytes = 256 * 1024 + 1;
  [delta, delta, key].forEach((frame, index) => one.remote({ number: 1 + index, frame }));
  expect(requests.count).toBe(0);
  port.pendingBytes = 256 * 1024;
  one.remote({ number: 4, frame: delta });
  expect(requests.count).toBe(1);
  one.remote({ number: 5, frame: key });
  one.remote({ number: 6, frame: delta });
  expect(sent).toEqual(['remote 0 h264', 'remote 5 h264', 'remote 6 h264']);
});

test('a slow page gets the next JPEG once it keeps up', () => {
  const { gate: one, sent, requests, port } = gate();
  port.pendingBytes = 300_000;
  one.remote({ number: 0, frame: jpeg });
  port.pendingBytes = 0;
  one.remote({ number: 1, frame: jpeg });
  expect(sent).toEqual(['remote 1 jpeg']);
  expect(requests.count).toBe(0);
});

test('preview frames are dropped first', () => {
  const { gate: one, sent, port } = gate();
  port.pendingBytes = 64 * 1024 + 1;
  one.preview(jpeg);
  one.remote({ number: 0, frame: jpeg });
  port.pendingBytes = 0;
  one.preview(jpeg);
  expect(sent).toEqual(['remote 0 jpeg', 'preview 1 jpeg']);
});
