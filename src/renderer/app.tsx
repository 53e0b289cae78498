/** The window: one calm column at tray size, two when there is room. */
import { Tooltip } from 'radix-ui';
import { useEffect, useRef, type ReactElement } from 'react';
import { Banners } from './components/banners.js';
import { DeviceCard } from './components/device-card.js';
import { Hero } from './components/hero.js';
import { QuitDialog } from './components/quit-dialog.js';
import { RayMark } from './components/ray-mark.js';
import { Requests } from './components/requests.js';
import { Toast } from './components/toast.js';
import { TopBar } from './components/top-bar.js';
import { welcomeStep } from './model/welcome-step.js';
import { useDeepLink, useEscape, useReturn, useWantedPage } from './navigation.js';
import { Diagnostics } from './screens/diagnostics.js';
import { Home } from './screens/home.js';
import { PeerDetails } from './screens/peer-details.js';
import { SettingsScreen } from './screens/settings.js';
import { Welcome } from './screens/welcome.js';
import { useAppStore, type View } from './store/app-store.js';
import { useApp, useDraft } from './store/hooks.js';
import { followTheme } from './theme.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/text.css';
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
