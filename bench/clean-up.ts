/** Takes what ends something; it may be called once. */
export type OnEnd = (cleanUp: () => void | Promise<void>) => unknown;

/** Does something, and then ends what it began, the last first, also where ending fails. */
export async function withCleanUp<T>(work: (onEnd: OnEnd) => Promise<T>): Promise<T> {
  const cleanUps: (() => void | Promise<void>)[] = [];
  try {
    return await work((cleanUp) => cleanUps.unshift(cleanUp));
  } finally {
    for (const cleanUp of cleanUps) {
      try {
        await cleanUp();
      } catch (error) {
        console.error(error);
      }
    }
  }
}
