import { render } from 'preact';
import { useLayoutEffect, useMemo, useReducer } from 'preact/hooks';
import { useAnnouncement } from './announcements.js';
import { App } from './app.js';
import { openClient } from './client/index.js';
import { UiProvider, type UiContext } from './context.js';
import { keepFocus } from './focus.js';
import { LevelStore } from './level-store.js';
import { MediaRouter } from './media-router.js';
import { initialState, reduce } from './state.js';

function Root({ client, media, levels }: Pick<UiContext, 'client' | 'media' | 'levels'>) {
  const [state, dispatch] = useReducer(reduce, initialState);
  // Before the first paint, so that no event is missed.
  useLayoutEffect(() => {
    client.onEvent((event) => {
      if (event.event === 'plugin-text' || event.event === 'page-modules') return;
      if (event.event === 'levels') {
        levels.set(event);
        return;
      }
      if (event.event === 'statistics' || event.event === 'notice') {
        dispatch({ ...event, at: performance.now() });
      } else dispatch(event);
    });
    client.onSound((sound) => {
      dispatch({ event: 'sound', sound });
      sound?.onBlocked((isBlocked) => dispatch({ event: 'sound-blocked', isBlocked }));
    });
    client.onConnection((connection) =>
      dispatch({ event: 'connection', connection: connection === 'back' ? 'open' : connection }),
    );
    client.onClose((connection) => dispatch({ event: 'connection', connection }));
  }, [client, levels]);
  const announcement = useAnnouncement(state);
  const context = useMemo(
    () => ({ state, announcement, client, media, levels, dispatch }),
    [state, announcement, client, media, levels],
  );
  return (
    <UiProvider value={context}>
      <App />
    </UiProvider>
  );
}

const client = await openClient();
const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the app');
// Remove what index.html shows while loading.
root.replaceChildren();
keepFocus(root);
const levels = new LevelStore();
render(<Root client={client} media={new MediaRouter(client)} levels={levels} />, root);
