import { errorCodes, RoomkeyError } from '../errors/index.js';
import { settleOrAbort } from '../util/deferred.js';

/** Time limit of a plugin step, ms. */
export const STEP_LIMIT_MS = 10_000;

/** Steps of a plugin's lifecycle, as named in error messages. */
export type PluginStep = 'load' | 'validate' | 'probe' | 'create' | 'stop';

/** Options of `runStep`. */
export interface StepOptions {
  /** The plugin's name, or its name in the configuration. */
  readonly plugin: string;
  readonly step: PluginStep;
  /** Aborted with the error when the time is up. */
  readonly controller: AbortController;
}

/**
 * Runs a plugin step with a time limit, until the signal aborts, and adds the plugin's name to
 * errors.
 *
 * @throws RoomkeyError `RK_PLUGIN_TIMEOUT` when the time is up; what the plugin throws, as
 * `RK_PLUGIN_FAILED` unless it is a `RoomkeyError`; the signal's reason when it aborts
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

/** Turns what a plugin threw into an error with a code and the plugin's name. */
function asPluginError(error: unknown, plugin: string, step: PluginStep): RoomkeyError {
  if (error instanceof RoomkeyError && error.plugin !== undefined) return error;
  const { name, code, message } = error instanceof Error ? (error as Partial<RoomkeyError>) : {};
  // Checks the shape: the plugin may have its own copy of core.
  if (name === 'RoomkeyError' && code !== undefined && code in errorCodes) {
    return new RoomkeyError(code, message ?? '', { cause: error, plugin });
  }
  return new RoomkeyError(
    'RK_PLUGIN_FAILED',
    `${plugin} failed to ${step} (${message ?? String(error)}). Report this to the plugin's author.`,
    { cause: error, plugin },
  );
}
