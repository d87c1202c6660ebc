import { render } from 'preact';
import { useLayoutEffect, useMemo, useReducer } from 'preact/hooks';
import { useAnnouncement } from './announcements.js';
import { App } from './app.js';
import { openClient, type Client } from './client/index.js';
import { UiProvider } from './context.js';
import { keepFocus } from './focus.js';
import { Pictures } from './pictures.js';
import { initialState, reduce } from './state.js';

function Root({ client, pictures }: { readonly client: Client; readonly pictures: Pictures }) {
  const [state, dispatch] = useReducer(reduce, initialState);
  // Not after the first paint: an event could be missed.
  useLayoutEffect(() => {
    client.onEvent((event) => {
      if (event.event === 'half' || event.event === 'page-halves') return;
      if (event.event === 'statistics' || event.event === 'notice') {
        dispatch({ ...event, at: performance.now() });
      } else dispatch(event);
    });
    client.onConnection((connection) =>
      dispatch({ event: 'connection', connection: connection === 'back' ? 'open' : connection }),
    );
    client.onClose((connection) => dispatch({ event: 'connection', connection }));
  }, [client]);
  const said = useAnnouncement(state);
  const context = useMemo(
    () => ({ state, said, client, pictures, dispatch }),
    [state, said, client, pictures],
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
// What index.html shows until now.
root.replaceChildren();
keepFocus(root);
render(<Root client={client} pictures={new Pictures(client)} />, root);
