import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { CallWindow } from './call/call-window.js';
import { KnockCard } from './call/knock-card.js';
import { useKnockFocus } from './call/knock-focus.js';
import { windowTitle } from './call/state-text.js';
import { useRequest, useUi } from './context.js';
import { Announcer } from './parts/announcer.js';
import { FailureBanner } from './parts/banner.js';
import { Button } from './parts/button.js';
import { FullPage } from './parts/full-page.js';
import { Icon } from './parts/icon.js';
import { Notices } from './parts/notices.js';
import { Spinner } from './parts/spinner.js';
import { RoomsWindow } from './rooms/rooms-window.js';
import { isLost } from './state.js';
import { showTheme } from './theme.js';
import { Welcome } from './welcome/welcome.js';

/** The page: the current window and its announcements. */
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
  // Clicks in the meantime would be lost.
  const isAway = isLost(state);
  useFocusAfter(isAway);
  useKnockFocus(call?.knocks[0]?.id);
  return (
    <>
      <ConnectionBar />
      <div class="window" inert={isAway}>
        <Window />
      </div>
      {dialogs === 0 && <Announcer />}
    </>
  );
}

/** Restores the focus after the window was inert. */
function useFocusAfter(isAway: boolean): void {
  const before = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (isAway) before.current = document.activeElement;
    else if (document.activeElement === document.body) {
      (before.current as HTMLElement | null)?.focus();
    }
  }, [isAway]);
}

function Window() {
  const { connection, page, account, call } = useUi().state;
  if (connection === 'refused') return <Refused />;
  if (connection === 'expired') return <Expired />;
  if (connection === 'gone') return <Gone />;
  if (page === 'elsewhere') return <Elsewhere />;
  if (account === undefined) return <Opening />;
  return (
    <>
      <KnockCard />
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

/** The only reachable part while the app is disconnected; the announcer reads it. */
function ConnectionBar() {
  if (!isLost(useUi().state)) return null;
  return (
    <main class="connection-bar">
      <h1>
        <Icon name="unplugged" size={18} /> Reconnecting to Roomkey…
      </h1>
    </main>
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
  const { isPending, failure, run } = useRequest('page.activate');
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
    <FullPage icon="lock" title="This link was already used">
      <p>Start Roomkey again.</p>
    </FullPage>
  );
}

function Expired() {
  return (
    <FullPage icon="lock" title="This link has expired">
      <p>Roomkey shows a new one where you started it. Open that.</p>
    </FullPage>
  );
}

/** Has no reload button: another program may serve Roomkey's port by now. */
function Gone() {
  return (
    <FullPage icon="unplugged" isTrouble title="Roomkey has closed">
      <p>Start it again and close this window.</p>
    </FullPage>
  );
}
