import { createContext } from 'preact';
import { useCallback, useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FailureView, Method, ParamsOf, ResultOf } from '../messages/index.js';
import { RequestError, type Client } from './client/index.js';
import type { MediaRouter } from './media-router.js';
import type { Announcement } from './announcements.js';
import type { UiEvent, UiState } from './state.js';

/** What every part of the page may use. */
export interface UiContext {
  readonly state: UiState;
  /** What a screen reader is to say by itself. */
  readonly announcement: Announcement;
  readonly client: Client;
  readonly media: MediaRouter;
  readonly dispatch: (event: UiEvent) => void;
}

const Context = createContext<UiContext | undefined>(undefined);
export const UiProvider = Context.Provider;

/** What every part of the page may use. */
export function useUi(): UiContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('no UiProvider is around');
  return context;
}

/** A request as a form or a button sees it. */
export interface RequestHandle<M extends Method> {
  readonly isPending: boolean;
  /** Why the last one failed. */
  readonly failure: FailureView | undefined;
  readonly clear: () => void;
  /** Asks the app. Resolves to the result, and to undefined where it failed or was ignored. */
  readonly run: (params: ParamsOf<M>) => Promise<ResultOf<M> | undefined>;
}

/**
 * A request, with what is to be shown of it. Where the asker is gone when it fails, as when a call
 * ends before it began, a notice says so.
 *
 * @param meanwhile what becomes of another one before the answer: `ignored`, as the second click on
 * a button, or `sent` as well, as another setting
 */
export function useRequest<M extends Method>(
  method: M,
  meanwhile: 'ignored' | 'sent' = 'ignored',
): RequestHandle<M> {
  const { client, dispatch } = useUi();
  const [pending, setPending] = useState(0);
  const [failure, setFailure] = useState<FailureView>();
  const running = useRef(0);
  const isGone = useRef(false);
  useLayoutEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  const run = useCallback(
    async (params: ParamsOf<M>): Promise<ResultOf<M> | undefined> => {
      if (running.current > 0 && meanwhile === 'ignored') return undefined;
      running.current += 1;
      setPending(running.current);
      setFailure(undefined);
      try {
        return await client.request(method, params);
      } catch (error) {
        const failure = failureOf(error);
        if (isGone.current) {
          dispatch({ event: 'notice', topic: 'app', failure, at: performance.now() });
        }
        setFailure(failure);
        return undefined;
      } finally {
        running.current -= 1;
        setPending(running.current);
      }
    },
    [client, dispatch, method, meanwhile],
  );
  const clear = useCallback(() => setFailure(undefined), []);
  return { isPending: pending > 0, failure, clear, run };
}

function failureOf(error: unknown): FailureView {
  if (error instanceof RequestError) return error.failure;
  // A bug of the page's.
  return {
    code: 'unexpected',
    message: 'Something went wrong. Try again or restart Roomkey.',
    details: String(error),
  };
}
