/**
 * A program: sends a file, or none, and control messages at random intervals to a port, and reports
 * when it sent each message to its parent. `node control-sender.js PORT file|idle COUNT`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { bytesHeader } from '@roomkey/core';
import type { IncomingStream } from '#core/streams/incoming-stream.js';
import { deferred } from '#core/util/deferred.js';
import { StreamEnd } from './stream-end.js';
import { HOST, transport } from './throughput.js';

/** The pause is 70 to 130 ms at random, so that it does not match a rhythm of the link. */
const PAUSE_MS = { least: 70, spread: 60 };
const BLOCK = new Uint8Array(64 * 1_024);
/** After this time the connection's window is fully open. */
const WARM_UP_MS = 2_000;

const [, , port, manner, count] = process.argv;
const opened = deferred<IncomingStream>();
const end = new StreamEnd(
  await transport.dial({ host: HOST, port: Number(port) }),
  'guest',
  () => ({
    trafficClass: 'video',
    sink: (stream) => {
      opened.resolve(stream);
      return { onUnit: () => undefined, onEnd: () => undefined };
    },
  }),
);
// The other side ends the session when it has measured enough.
end.closed.then(
  () => process.exit(),
  () => process.exit(),
);

if (manner === 'file') {
  const file = end.open({
    protocol: 'file/1',
    trafficClass: 'files',
    intervalMs: 0,
    handlers: {
      onReady: () => write(),
      onRefused: () => undefined,
      onKeyFrameNeeded: () => undefined,
      onView: () => undefined,
    },
  });
  const write = (): void => {
    while (file.capacity > 0) {
      file.send({ header: (number) => bytesHeader({ number, capturedAt: 0 }), data: BLOCK });
    }
  };
}

const stream = await opened.promise;
await delay(WARM_UP_MS);
for (let index = 0; index < Number(count); index += 1) {
  await delay(PAUSE_MS.least + Math.random() * PAUSE_MS.spread);
  process.send?.(String(process.hrtime.bigint()));
  stream.requestKeyFrame();
}
