/** The window: one calm column at tray size, two when there is room. */
import { Tooltip } from 'radix-ui';
import { useEffect, useRef, type ReactElement, type RefObject } from 'react';
import { Banners } from './components/banners.js';
import { DeviceCard } from './components/device-card.js';
import { Hero } from './components/hero.js';
import { QuitDialog } from './components/quit-dialog.js';
import { RayMark } from './components/ray-mark.js';
import { Requests } from './components/requests.js';
import { Toast } from './components/toast.js';
import { TopBar } from './components/top-bar.js';
import { openerOf } from './model/opener.js';
import { welcomeStep } from './model/welcome-step.js';
import { Diagnostics } from './screens/diagnostics.js';
import { Home } from './screens/home.js';
import { PeerDetails } from './screens/peer-details.js';
import { SettingsScreen } from './screens/settings.js';
import { Welcome } from './screens/welcome.js';
import { useAppStore, type View } from './store/app-store.js';
import type { AppState } from '../shared/app-contract.js';
import { act } from './store/bridge.js';
import { useApp, useDraft } from './store/hooks.js';
import { followTheme } from './theme.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/app.css';
import './styles/narrow.css';

export function App(): ReactElement {
  const theme = useAppStore(({ app }) => app?.settings.theme ?? 'system');
  const ready = useAppStore(({ app }) => app !== null);
  useEffect(() => followTheme(theme), [theme]);
  return (
    <Tooltip.Provider delayDuration={500}>
      {ready ? <Window /> : null}
      <Toast />
    </Tooltip.Provider>
  );
}

function Window(): ReactElement {
  const app = useApp();
  const [named] = useDraft('welcome named');
  useDeepLink(app.deepLink);
  useWantedPage(app.wantedPage);
  const step = welcomeStep(app, named !== '');
  if (step !== null) return <Welcome step={step} />;
  if (app.status === null && app.link.kind === 'connecting') return <Connecting />;
  return <Columns />;
}

function Columns(): ReactElement {
  const view = useAppStore((store) => store.view);
  const page = useRef<HTMLElement>(null);
  useEscape(view);
  const noteScroll = useReturn(view, page);
  return (
    <div className="app">
      <TopBar />
      <main ref={page} onScroll={noteScroll}>
        <div className="columns" data-view={view.kind}>
          <div className="column about">
            <Hero />
            <Requests />
            <Banners calm={false} />
            <DeviceCard />
            <Banners calm />
          </div>
          <div className="column">
            <Screen view={view} />
          </div>
        </div>
      </main>
      <QuitDialog />
    </div>
  );
}

function Screen({ view }: { view: View }): ReactElement {
  switch (view.kind) {
    case 'home':
      return <Home />;
    case 'peer':
      return <PeerDetails id={view.id} />;
    case 'settings':
      return <SettingsScreen />;
    case 'diagnostics':
      return <Diagnostics />;
  }
}

function Connecting(): ReactElement {
  return (
    <main className="center">
      <RayMark size={44} />
      <h1>Connecting to the background service</h1>
      <p role="status">This takes a moment.</p>
    </main>
  );
}

/** What a link brought is put into the add field and shown; only a click does more. */
function useDeepLink(link: string | null): void {
  const open = useAppStore((store) => store.open);
  const setDraft = useAppStore((store) => store.setDraft);
  useEffect(() => {
    if (link === null) return;
    setDraft('add', link);
    open({ kind: 'home' });
    void act('take-deep-link', {}).then(() => {
      document.getElementById('add-field')?.focus();
    });
  }, [link, open, setDraft]);
}

/** The tray or a notification leads to a page. */
function useWantedPage(page: AppState['wantedPage']): void {
  const open = useAppStore((store) => store.open);
  const showDialog = useAppStore((store) => store.showDialog);
  useEffect(() => {
    if (page === null) return;
    open({ kind: page === 'settings' || page === 'diagnostics' ? page : 'home' });
    showDialog(page === 'invite' ? 'invite' : null);
    void act('take-wanted-page', {}).then(() => {
      if (page === 'add') document.getElementById('add-field')?.focus();
    });
  }, [page, open, showDialog]);
}

/** Who leaves a page is where it came from again, with eyes and keyboard. @returns what keeps the scrolled place of home. */
function useReturn(view: View, page: RefObject<HTMLElement | null>): () => void {
  const left = useRef(view);
  const scrolled = useRef(0);
  useEffect(() => {
    const opener = openerOf(left.current);
    left.current = view;
    if (view.kind !== 'home' || opener === null) return;
    // The list has its height in a frame, and the rows that are seen there in the next.
    requestAnimationFrame(() => {
      page.current?.scrollTo({ top: scrolled.current });
      requestAnimationFrame(() => document.getElementById(opener)?.focus({ preventScroll: true }));
    });
  }, [view, page]);
  return () => {
    if (view.kind === 'home' && left.current === view) scrolled.current = page.current?.scrollTop ?? 0;
  };
}

/** Escape leads back, unless something nearer took it. */
function useEscape(view: View): void {
  const open = useAppStore((store) => store.open);
  useEffect(() => {
    const back = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && view.kind !== 'home') open({ kind: 'home' });
    };
    window.addEventListener('keydown', back);
    return () => {
      window.removeEventListener('keydown', back);
    };
  }, [view, open]);
}
