import { errorCodes, RoomkeyError } from '../errors/index.js';
import { settleOrAbort } from '../util/deferred.js';

/** How long a plugin may take for one step, in ms. */
export const STEP_LIMIT_MS = 10_000;

/** The stations of a plugin's life, as error messages call them. */
export type PluginStep = 'load' | 'validate' | 'probe' | 'create' | 'stop';

/** A step that a plugin takes. */
export interface StepOptions {
  /** The plugin's name, or what the configuration calls it. */
  readonly plugin: string;
  readonly step: PluginStep;
  /** Aborted, with the error as its reason, when the time is up. */
  readonly controller: AbortController;
}

/**
 * Lets a plugin take a step: within its time, until the signal aborts, and with errors that name it.
 *
 * @throws RoomkeyError `RK_PLUGIN_TIMEOUT` when the time is up; what the plugin throws, as
 * `RK_PLUGIN_FAILED` where that is no `RoomkeyError`; the signal's reason when it aborts.
 */
export async function runStep<T>(options: StepOptions, work: () => T | Promise<T>): Promise<T> {
  const { plugin, step, controller } = options;
  const { signal } = controller;
  signal.throwIfAborted();
  const timer = setTimeout(() => {
    const message = `${plugin} did not ${step} within ${STEP_LIMIT_MS / 1000} s. Try again, or choose another plugin in the configuration.`;
    controller.abort(new RoomkeyError('RK_PLUGIN_TIMEOUT', message, { plugin }));
  }, STEP_LIMIT_MS);
  try {
    return await settleOrAbort(Promise.resolve().then(work), signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : asPluginError(error, plugin, step);
  } finally {
    clearTimeout(timer);
  }
}

/** What a plugin threw, as an error that bears a code and the plugin's name. */
function asPluginError(error: unknown, plugin: string, step: PluginStep): RoomkeyError {
  if (error instanceof RoomkeyError && error.plugin !== undefined) return error;
  const { name, code, message } = error instanceof Error ? (error as Partial<RoomkeyError>) : {};
  // By shape: the plugin may have a copy of core of its own.
  if (name === 'RoomkeyError' && code !== undefined && code in errorCodes) {
    return new RoomkeyError(code, message ?? '', { cause: error, plugin });
  }
  return new RoomkeyError(
    'RK_PLUGIN_FAILED',
    `${plugin} failed to ${step} (${message ?? String(error)}). Report this to the plugin's author.`,
    { cause: error, plugin },
  );
}
