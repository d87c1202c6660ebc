import type { Logger, PluginContext } from '@roomkey/core';

/** Says what is wrong and nothing else. */
export const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
};

/** What a plugin made, and its end. */
export interface Opened<T> {
  readonly service: T;
  close(): Promise<void>;
}

/** Makes the service of a plugin that requires no other, as a host does. */
export async function openPlugin<T, C>(
  plugin: { create(context: PluginContext, config: C): T | Promise<T> },
  config: C,
): Promise<Opened<T>> {
  const cleanUps: (() => void | Promise<void>)[] = [];
  const context: PluginContext = {
    logger,
    signal: new AbortController().signal,
    folders: { config: '', data: '', base: '' },
    use: () => {
      throw new Error('This plugin requires nothing.');
    },
    defer: (cleanUp) => cleanUps.push(cleanUp),
  };
  const service = await plugin.create(context, config);
  return {
    service,
    close: async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}
