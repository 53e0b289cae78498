/** Settings of the background service: asked of it when the page opens, changed one at a time. */
import { useCallback, useEffect, useState, type ReactElement } from 'react';
import type { Result, SettingKey } from '../../shared/ipc-contract.js';
import { settingText } from '../../shared/setting.js';
import { useAppStore } from '../store/app-store.js';
import { call } from '../store/bridge.js';
import { useApp, useDraft, useMayChange, useTask } from '../store/hooks.js';
import { Fault } from './fault.js';
import { ChoiceLine, SwitchLine, TextLine } from './setting-lines.js';

type Answer = Result<'get-settings'>;

const ipv6Choices = [
  { value: 'auto', label: 'If needed' },
  { value: 'on', label: 'Always' },
  { value: 'off', label: 'Never' },
] as const;

/** For those who run servers of their own; everybody else leaves them alone. */
const texts = [
  {
    key: 'relay',
    label: 'Relays',
    hint: 'default, none, or web addresses. Relays help find a path; they cannot read what passes.',
  },
  {
    key: 'discovery',
    label: 'Lookup servers',
    hint: 'default, none, or web addresses. They tell where a node ID can be met.',
  },
  { key: 'port', label: 'UDP port', hint: '0 takes any free one.' },
] as const;

export function ServiceSettings(): ReactElement {
  const mayChange = useMayChange();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [restart, setRestart] = useState(false);
  useEffect(() => {
    if (mayChange) void call('get-settings', 'get-settings', {}).then(setAnswer);
  }, [mayChange]);
  const set = useCallback(async (key: SettingKey, value: string): Promise<boolean> => {
    const changed = await call(`setting ${key}`, 'set-setting', { key, value });
    if (changed === null) return false;
    setAnswer((before) => (before === null ? null : { ...before, settings: changed.settings }));
    setRestart(changed.restartNeeded);
    useAppStore.getState().say('Saved');
    return true;
  }, []);

  return (
    <section className="card group" aria-label="Settings of this device">
      <h2>This device</h2>
      {answer === null ? <Missing mayChange={mayChange} /> : <Lines answer={answer} set={set} disabled={!mayChange} />}
      {restart && (
        <p className="note" role="status">
          Saved. Some of it takes effect when the background service, or this device, is restarted.
        </p>
      )}
    </section>
  );
}

function Missing({ mayChange }: { mayChange: boolean }): ReactElement {
  return (
    <>
      <p className="muted">
        {mayChange
          ? 'Asking the background service.'
          : 'These can be seen when the background service runs and lets you control it.'}
      </p>
      <Fault task="get-settings" />
    </>
  );
}

interface LinesProps {
  answer: Answer;
  set: (key: SettingKey, value: string) => Promise<boolean>;
  disabled: boolean;
}

function Lines({ answer: { settings, overridden }, set, disabled }: LinesProps): ReactElement {
  const { platform } = useApp();
  const held = (key: SettingKey): boolean => overridden.includes(key);
  const hint = (key: SettingKey, text: string): string =>
    held(key) ? 'Held by how the service was started; it cannot be changed here.' : text;
  return (
    <>
      <TextSetting
        label="Name"
        hint={hint('name', 'What your peers see.')}
        settingKey="name"
        {...{ settings, set }}
        disabled={disabled || held('name')}
      />
      <ChoiceLine
        label="IPv6 only"
        hint={hint('ipv6-only', 'Makes room for other programs in the 100.x range.')}
        value={settings['ipv6-only']}
        options={ipv6Choices}
        disabled={disabled || held('ipv6-only')}
        onChange={(value) => void set('ipv6-only', value)}
      />
      <Fault task="setting ipv6-only" />
      <SwitchLine
        label="Look on the local network"
        hint={hint('mdns', 'Finds peers nearby, even without internet.')}
        on={settings.mdns}
        disabled={disabled || held('mdns')}
        onChange={(on) => void set('mdns', on ? 'on' : 'off')}
      />
      <Fault task="setting mdns" />
      {platform === 'linux' && (
        <SwitchLine
          label="Fast path"
          hint={hint('fast-path', 'Direct connections skip QUIC where that works.')}
          on={settings['fast-path']}
          disabled={disabled || held('fast-path')}
          onChange={(on) => void set('fast-path', on ? 'on' : 'off')}
        />
      )}
      <Fault task="setting fast-path" />
      {texts.map(({ key, label, hint: text }) => (
        <TextSetting
          key={key}
          label={label}
          hint={hint(key, text)}
          settingKey={key}
          {...{ settings, set }}
          disabled={disabled || held(key)}
        />
      ))}
    </>
  );
}

interface TextSettingProps extends Pick<LinesProps, 'set' | 'disabled'> {
  label: string;
  hint: string;
  settingKey: SettingKey;
  settings: Answer['settings'];
}

function TextSetting({ label, hint, settingKey, settings, set, disabled }: TextSettingProps): ReactElement {
  const task = `setting ${settingKey}`;
  const current = settingText(settings[settingKey]);
  const [typed, setTyped, forget] = useDraft(task, current);
  const { error } = useTask(task);
  const save = async (): Promise<void> => {
    if (await set(settingKey, typed)) forget();
  };
  return (
    <TextLine
      label={label}
      hint={hint}
      typed={typed}
      current={current}
      fault={error}
      disabled={disabled}
      onType={setTyped}
      onSave={() => void save()}
    />
  );
}
