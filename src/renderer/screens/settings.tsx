/** Settings of the app, which are this user's, and of the service, which are the device's. */
import type { ReactElement } from 'react';
import { PageHead } from '../components/page-head.js';
import { ServiceSettings } from '../components/service-settings.js';
import { ChoiceLine, SwitchLine } from '../components/setting-lines.js';
import { act } from '../store/bridge.js';
import { useApp } from '../store/hooks.js';
import { Fault } from '../components/fault.js';

const themes = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

export function SettingsScreen(): ReactElement {
  return (
    <article className="page" aria-label="Settings">
      <PageHead title="Settings" />
      <AppSettings />
      <ServiceSettings />
    </article>
  );
}

function AppSettings(): ReactElement {
  const { settings, platform } = useApp();
  const set = (changed: Partial<typeof settings>): void => void act('set-app-setting', changed);
  return (
    <section className="card group" aria-label="Settings of this app">
      <h2>This app</h2>
      <ChoiceLine
        label="Theme"
        value={settings.theme}
        options={themes}
        onChange={(theme) => {
          set({ theme });
        }}
      />
      <SwitchLine
        label="Start at login"
        hint="The tunnel itself starts with the device, app or not."
        on={settings.startAtLogin}
        onChange={(startAtLogin) => {
          set({ startAtLogin });
        }}
      />
      <SwitchLine
        label="Tell me when a peer comes online"
        hint="You’re always told of requests and conflicts."
        on={settings.notifyPeerOnline}
        onChange={(notifyPeerOnline) => {
          set({ notifyPeerOnline });
        }}
      />
      {platform === 'darwin' && (
        <SwitchLine
          label="Show in the Dock"
          on={settings.showInDock}
          onChange={(showInDock) => {
            set({ showInDock });
          }}
        />
      )}
      <Fault task="set-app-setting" />
    </section>
  );
}
