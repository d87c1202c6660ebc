/** The worker of one open input. */
import type { CaptureWorkerInput, CaptureWorkerOutput } from './capture-messages.js';
import { UnitSource } from './unit-source.js';

let source: UnitSource | undefined;

function send(message: CaptureWorkerOutput, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

async function read(readable: ReadableStream<AudioData>, to: UnitSource): Promise<void> {
  const reader = readable.getReader();
  for (let isOpen = false; ;) {
    const { value } = await reader.read();
    // The track has ended; the page notices that on its own.
    if (value === undefined) return;
    const hasUnits = to.add(value);
    if (hasUnits && !isOpen) send({ kind: 'sound' });
    isOpen = hasUnits;
  }
}

onmessage = ({ data }: MessageEvent<CaptureWorkerInput>) => {
  if (data.kind === 'muted') {
    source?.setMuted(data.muted, data.generation);
    return;
  }
  const { device, unitMs, mayBeSilent, readable } = data;
  const started = new UnitSource({
    device,
    unitMs,
    mayBeSilent,
    onUnit: (message) => send(message, [message]),
    onBroken: (message) => send({ kind: 'broken', message }),
  });
  source = started;
  setInterval(() => started.tick(), unitMs);
  read(readable, started).catch((error: unknown) => {
    send({ kind: 'broken', message: String(error) });
  });
};
