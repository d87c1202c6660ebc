import { useEffect } from 'preact/hooks';
import { CallWindow } from './call/call-window.js';
import { windowTitle } from './call/words.js';
import { useRequest, useUi } from './context.js';
import { Announcer } from './parts/announcer.js';
import { FailureBanner } from './parts/banner.js';
import { Button } from './parts/button.js';
import { FullPage } from './parts/full-page.js';
import { Icon } from './parts/icon.js';
import { Notices } from './parts/notices.js';
import { Spinner } from './parts/spinner.js';
import { RoomsWindow } from './rooms/rooms-window.js';
import { showTheme } from './theme.js';
import { Welcome } from './welcome/welcome.js';

/** The page: one window for what goes on, and what is read out of it. */
export function App() {
  const { state } = useUi();
  const { call, dialogs, settings } = state;
  const theme = settings?.theme;
  useEffect(() => {
    if (theme !== undefined) showTheme(theme);
  }, [theme]);
  const isHere = state.connection === 'open' && state.page === 'active';
  useEffect(() => {
    document.title = windowTitle(isHere ? call : null);
  }, [call, isHere]);
  return (
    <>
      <ConnectionBar />
      <Window />
      {dialogs === 0 && <Announcer />}
    </>
  );
}

function Window() {
  const { connection, page, account, call } = useUi().state;
  if (connection === 'refused') return <Refused />;
  if (connection === 'gone') return <Gone />;
  if (page === 'elsewhere') return <Elsewhere />;
  if (account === undefined) return <Opening />;
  return (
    <>
      {account === null ? (
        <Welcome />
      ) : call === null ? (
        <RoomsWindow account={account} />
      ) : (
        <CallWindow call={call} />
      )}
      <Notices />
    </>
  );
}

/** Shows that the app is lost; the announcer says so. */
function ConnectionBar() {
  if (useUi().state.connection !== 'lost') return null;
  return (
    <section class="connection-bar" aria-label="Connection">
      <p>
        <Icon name="unplugged" size={18} /> This window has lost Roomkey; trying again…
      </p>
    </section>
  );
}

function Opening() {
  return (
    <main class="opening" aria-busy="true">
      <Spinner size={28} />
      <h1>Opening Roomkey…</h1>
    </main>
  );
}

function Elsewhere() {
  const { isPending, failure, run } = useRequest('page.take');
  return (
    <FullPage
      icon="windows"
      title="Roomkey is open in another window"
      actions={
        <Button kind="primary" isBusy={isPending} onClick={() => void run({})}>
          Use it here
        </Button>
      }
    >
      <FailureBanner failure={failure} />
      <p>Only one window at a time has the camera and the call. This one can be closed.</p>
    </FullPage>
  );
}

function Refused() {
  return (
    <FullPage icon="lock" title="This page may not use Roomkey">
      <p>
        The address that opens Roomkey works once. Start Roomkey again, with <code>npm start</code>{' '}
        or <code>roomkey desktop</code>, and use the window that it opens.
      </p>
    </FullPage>
  );
}

function Gone() {
  return (
    <FullPage
      icon="unplugged"
      isTrouble
      title="Roomkey has stopped"
      actions={
        <Button kind="primary" icon="refresh" onClick={() => location.reload()}>
          Try again
        </Button>
      }
    >
      <p>
        The program behind this window does not answer any more. A call that was open is over. Start
        Roomkey again; this window can be closed.
      </p>
    </FullPage>
  );
}
