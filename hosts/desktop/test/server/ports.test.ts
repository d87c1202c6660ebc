import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { messagePort } from '../../src/server/message-port.js';
import { portConformance } from '../support/port-conformance.js';
import { enter, nodePort, openServer } from './support.js';

portConformance('a WebSocket', async () => {
  const { server, nextPage } = await openServer();
  const [app, page] = await Promise.all([nextPage(), enter(server)]);
  return { page, app };
});

portConformance('a MessagePort', () => {
  const { port1, port2 } = new MessageChannel();
  return { page: nodePort(port1), app: nodePort(port2) };
});

portConformance('a MessagePort that does not say when it is closed', () => {
  const { port1, port2 } = new MessageChannel();
  const mute = (port: typeof port1) =>
    messagePort({
      post: (message) => port.postMessage(message),
      listen: (onData) => port.on('message', onData),
      close: () => port.close(),
    });
  return { page: mute(port1), app: mute(port2) };
});

it('a MessagePort counts unread messages as pending', () => {
  const posted: unknown[] = [];
  let answer: (data: unknown) => void = () => undefined;
  const port = messagePort({
    post: (message) => posted.push(message),
    listen: (onData) => (answer = onData),
    close: () => undefined,
  });
  port.send(new Uint8Array(1000));
  port.send('text');
  expect(port.pendingBytes).toBe(1004);
  answer(1000);
  expect(port.pendingBytes).toBe(4);
  // Acknowledging more than was sent does not go below zero.
  answer(1e9);
  expect(port.pendingBytes).toBe(0);
});

it('a message is posted without the rest of its buffer', () => {
  const posted: unknown[] = [];
  const port = messagePort({
    post: (message) => posted.push(message),
    listen: () => undefined,
    close: () => undefined,
  });
  const memory = Uint8Array.of(1, 2, 3, 4);
  port.send(memory.subarray(1, 3));
  expect(posted).toEqual([Uint8Array.of(2, 3)]);
  expect((posted[0] as Uint8Array).buffer.byteLength).toBe(2);
});
