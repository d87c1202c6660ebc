import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { PORT_CHANNEL, acceptPagePort, type PortMessage } from '../../src/main/page-port.js';
import { nodePort } from '../server/support.js';
import { portConformance } from '../support/port-conformance.js';
import { FakePortMain } from './electron.js';

const ours = { url: 'app://roomkey/index.html', parent: null };

function messageWith(ports: readonly FakePortMain[], senderFrame: PortMessage['senderFrame']) {
  return { ports: [...ports], senderFrame } as unknown as PortMessage;
}

/** Runs the preload in a fake window; the page requests its port as the UI does. */
function preloadedWindow() {
  const source = readFileSync(new URL('../../src/preload/index.cts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const emitter = new EventEmitter();
  const exposed: Record<string, unknown> = {};
  const sent: { channel: string; ports: MessagePort[] }[] = [];
  const posted: { data: unknown; origin: string; ports: MessagePort[] }[] = [];
  const window = {
    location: { origin: 'app://roomkey' },
    addEventListener: (event: string, listener: (event: object) => void) =>
      emitter.on(event, listener),
    postMessage: (data: unknown, origin: string, ports: MessagePort[]) =>
      posted.push({ data, origin, ports }),
  };
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, value: unknown) => (exposed[name] = value),
    },
    ipcRenderer: {
      postMessage: (channel: string, _message: unknown, ports: MessagePort[]) =>
        sent.push({ channel, ports }),
    },
  };
  const required: string[] = [];
  const require = (name: string) => {
    required.push(name);
    return electron;
  };
  runInNewContext(outputText, { require, exports: {}, window, MessageChannel });
  const receives = (data: unknown, from: unknown = window): void => {
    emitter.emit('message', { source: from, data });
  };
  return { receives, exposed, sent, posted, required };
}

portConformance('what the preload hands over', () => {
  const { receives, sent, posted } = preloadedWindow();
  receives('roomkey-ready');
  const app = acceptPagePort(messageWith([new FakePortMain(sent[0]!.ports[0]!)], ours));
  return { page: nodePort(posted[0]!.ports[0]!), app: app! };
});

it('the preload gives the page a marker and a port, and no functions', () => {
  const { receives, exposed, sent, posted, required } = preloadedWindow();
  expect(required).toEqual(['electron']);
  expect(Object.keys(exposed)).toEqual(['roomkey']);
  expect(Object.keys(exposed['roomkey'] as object)).toEqual([]);
  for (const other of ['roomkey-port', 'ready', undefined, {}]) receives(other);
  receives('roomkey-ready', {});
  expect([sent, posted]).toEqual([[], []]);
  receives('roomkey-ready');
  expect(sent).toMatchObject([{ channel: PORT_CHANNEL }]);
  expect(posted).toMatchObject([{ data: 'roomkey-port', origin: 'app://roomkey' }]);
  for (const { ports } of [...sent, ...posted]) ports[0]!.close();
});

it.each([
  ['another origin', { url: 'https://roomkey.example/', parent: null }],
  ['a frame inside the page', { url: ours.url, parent: {} }],
  ['a frame that is gone', null],
])('a port from %s is not accepted', async (_who, senderFrame) => {
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise((resolve) => port2.on('close', resolve));
  expect(acceptPagePort(messageWith([new FakePortMain(port1)], senderFrame))).toBeUndefined();
  await closed;
});

it('a message without a port is ignored', () => {
  expect(acceptPagePort(messageWith([], ours))).toBeUndefined();
});
