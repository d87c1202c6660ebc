import type { ChildProcess } from 'node:child_process';
import type { CDPSession, Page } from 'playwright-core';
import type { InspectorAnswer, InspectorCommand } from './unit-path-app.js';

/** One place that a unit passes, by the DevTools protocol. */
export interface Target {
  send<T = object>(method: string, params?: object): Promise<T>;
}

/** The process of an app that imported `unit-path-app`. */
export function appTarget(app: ChildProcess): Target {
  return numbered(
    (command) => app.send(command),
    (receive) => app.on('message', receive),
  );
}

/** A page. */
export async function pageTarget(page: Page): Promise<Target & { readonly session: CDPSession }> {
  const session = await page.context().newCDPSession(page);
  return {
    session,
    send: async <T>(method: string, params: object = {}) =>
      (await session.send(method as 'Runtime.evaluate', params as never)) as T,
  };
}

/** A worker, and the address of its script. */
export interface WorkerTarget extends Target {
  readonly url: string;
}

/** The dedicated workers of a page: those that there are at any time. */
export async function workerTargets(
  session: CDPSession,
): Promise<ReadonlyMap<string, WorkerTarget>> {
  const workers = new Map<string, WorkerTarget>();
  const receivers = new Map<string, (answer: InspectorAnswer) => void>();
  session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
    receivers.get(sessionId)?.(JSON.parse(message) as InspectorAnswer);
  });
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    const worker = numbered(
      (command) => {
        const message = JSON.stringify(command);
        // It answers, or is gone with the page.
        session
          .send('Target.sendMessageToTarget', { sessionId, message })
          .catch((error: unknown) => console.error(error));
      },
      (receive) => receivers.set(sessionId, receive),
    );
    workers.set(sessionId, { url: targetInfo.url, ...worker });
  });
  session.on('Target.detachedFromTarget', ({ sessionId }) => workers.delete(sessionId));
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    // Playwright's sessions know nothing of sessions within them.
    flatten: false,
  });
  return workers;
}

function numbered(
  send: (command: InspectorCommand) => void,
  onAnswer: (receive: (answer: InspectorAnswer) => void) => void,
): Target {
  const waiting = new Map<number, (answer: InspectorAnswer) => void>();
  let last = 0;
  onAnswer((answer) => waiting.get(answer.id)?.(answer));
  return {
    send: <T>(method: string, params: object = {}) =>
      new Promise<T>((resolve, reject) => {
        const id = ++last;
        waiting.set(id, (answer) => {
          waiting.delete(id);
          if ('error' in answer) reject(new Error(`${method}: ${answer.error.message}`));
          else resolve(answer.result as T);
        });
        send({ id, method, params });
      }),
  };
}
