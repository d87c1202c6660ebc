import type { Logger, PluginContext } from '@roomkey/core';

/** Prints warnings and errors only. */
export const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
};

/** A plugin's service, and a function that closes it. */
export interface Opened<T> {
  readonly service: T;
  close(): Promise<void>;
}

/** Creates the service of a plugin that requires no other plugin, as a host program does. */
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
