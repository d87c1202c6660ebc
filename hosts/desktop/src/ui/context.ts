import { createContext } from 'preact';
import { useCallback, useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FailureView, Method, ParamsOf, ResultOf } from '../messages/index.js';
import { RequestError, type Client } from './client/index.js';
import type { LevelStore } from './level-store.js';
import type { MediaRouter } from './media-router.js';
import type { Announcement } from './announcements.js';
import type { UiEvent, UiState } from './state.js';

/** Shared by all components of the page. */
export interface UiContext {
  readonly state: UiState;
  /** The current announcement for screen readers. */
  readonly announcement: Announcement;
  readonly client: Client;
  readonly media: MediaRouter;
  readonly levels: LevelStore;
  readonly dispatch: (event: UiEvent) => void;
}

const Context = createContext<UiContext | undefined>(undefined);
export const UiProvider = Context.Provider;

/** Shared by all components of the page. */
export function useUi(): UiContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('no UiProvider is around');
  return context;
}

/** The state of a request, for a form or a button. */
export interface RequestHandle<M extends Method> {
  readonly isPending: boolean;
  /** Failure of the last request. */
  readonly failure: FailureView | undefined;
  readonly clear: () => void;
  /** Sends the request. Resolves to the result, or to undefined if it failed or was ignored. */
  readonly run: (params: ParamsOf<M>) => Promise<ResultOf<M> | undefined>;
}

/**
 * A request with its state. If the component is gone when the request fails, as when a call ends
 * before it began, the failure becomes a notice.
 *
 * @param meanwhile what to do with a second request before the answer: `ignored`, for a double
 * click on a button, or `sent`, for a further setting
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
  // A bug in the page.
  return {
    code: 'unexpected',
    message: 'Something went wrong. Try again or restart Roomkey.',
    details: String(error),
  };
}
