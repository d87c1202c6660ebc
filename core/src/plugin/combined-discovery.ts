import type { Announcement, DiscoverySearch, Discovery } from '../contracts/discovery.js';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError, type ErrorCode } from '../errors/index.js';

/** One of several discovery services. */
export interface DiscoveryMember {
  /** The plugin's name. */
  readonly name: string;
  readonly discovery: Discovery;
}

/**
 * Combines several discovery services: announces and searches on all of them. One that fails is
 * logged and does not affect the others; only if all fail, it is an error.
 */
export function combineDiscoveries(members: readonly DiscoveryMember[], logger: Logger): Discovery {
  const onAll = async <T extends Announcement | DiscoverySearch>(
    start: (discovery: Discovery) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T[]> => {
    signal?.throwIfAborted();
    const results = await Promise.allSettled(
      members.map(async ({ discovery }) => start(discovery)),
    );
    const started = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = results.flatMap((one, index) =>
      one.status === 'rejected' ? [{ name: members[index]?.name, error: one.reason as Error }] : [],
    );
    if (signal?.aborted === true) {
      await stopAll(started);
      throw signal.reason;
    }
    if (started.length === 0) {
      throw new RoomkeyError(
        'RK_DISCOVERY_FAILED',
        failed.map(({ name, error }) => `${name ?? ''}: ${error.message}`).join('\n  '),
        { cause: new AggregateError(failed.map(({ error }) => error)) },
      );
    }
    for (const { name, error } of failed) {
      logger.warn(`${name ?? ''} is left out: ${error.message}`, {
        code: 'RK_DISCOVERY_FAILED' satisfies ErrorCode,
        error,
      });
    }
    return started;
  };
  return {
    async announce(source, options) {
      const started = await onAll((one) => one.announce(source, options), options?.signal);
      return {
        update() {
          for (const one of started) one.update();
        },
        stop: () => stopAll(started),
      };
    },
    async discover(onBeacon, options) {
      const started = await onAll((one) => one.discover(onBeacon, options), options?.signal);
      return {
        query(challenge) {
          for (const one of started) one.query(challenge);
        },
        stop: () => stopAll(started),
      };
    },
  };
}

/** Stops all in parallel and throws the first failure once all are done. */
async function stopAll(started: readonly (Announcement | DiscoverySearch)[]): Promise<void> {
  const results = await Promise.allSettled(started.map(async (one) => one.stop()));
  for (const one of results) if (one.status === 'rejected') throw one.reason;
}
