/** Settings: what a person typed becomes a value; stored ones lie over the defaults, command-line flags over both. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { Failure } from '../shared/errors.js';
import { settingKeySchema, settingsSchema, type SettingKey, type Settings } from '../shared/ipc-contract.js';
import { parseName, sanitiseName } from '../shared/peer-name.js';
import { defaultSettings, parseSettingKey } from '../shared/setting.js';
import { StateFile, readOrSetAside, type SetAside } from './state-file.js';

const settingsFile = z.object({ settings: settingsSchema.partial() });
type Stored = z.infer<typeof settingsFile>['settings'];

const parsers: { [K in SettingKey]: (text: string) => Settings[K] } = {
  name: parseName,
  'ipv6-only': (text) => oneOf('ipv6-only', text, ['auto', 'on', 'off']),
  port: (text) => {
    const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1;
    if (port >= 0 && port <= 65535) return port;
    throw invalid('port', text, 'a number from 0 to 65535 (0: any free port)');
  },
  relay: (text) => urlsOf('relay', text),
  discovery: (text) => urlsOf('discovery', text),
  mdns: (text) => onOrOff('mdns', text),
  'fast-path': (text) => onOrOff('fast-path', text),
  offload: (text) => onOrOff('offload', text),
};

/**
 * @param typed the text a person wrote.
 * @throws Failure `setting-invalid` (or `name-invalid`) saying what would be right.
 */
export function parseSetting<K extends SettingKey>(key: K, typed: string): Settings[K] {
  return parsers[key](typed.trim());
}

export class SettingsStore {
  readonly #file: StateFile<z.infer<typeof settingsFile>>;
  #stored: Stored;

  /** @param overrides values of command-line flags: they win while this helper runs and are not stored. */
  constructor(
    stateDir: string,
    private readonly overrides: Partial<Settings>,
    report: (aside: SetAside) => void,
  ) {
    this.#file = new StateFile(join(stateDir, 'settings.json'), settingsFile);
    this.#stored = readOrSetAside(this.#file, { settings: {} }, report).settings;
  }

  /** The settings in effect. */
  get(): Settings {
    return { ...defaults(), ...(this.#stored as Partial<Settings>), ...this.overrides };
  }

  /** Keys that a command-line flag holds. */
  overridden(): SettingKey[] {
    return settingKeySchema.options.filter((key) => this.overrides[key] !== undefined);
  }

  /** @throws Failure `setting-unknown`, `setting-invalid`, `name-invalid` or `state-unwritable`; nothing is changed then. */
  set(key: string, typed: string): SettingKey {
    const known = parseSettingKey(key);
    this.#replace({ ...this.#stored, [known]: parseSetting(known, typed) });
    return known;
  }

  /** Back to the default. @throws as `set`. */
  unset(key: string): SettingKey {
    const known = parseSettingKey(key);
    const rest = Object.entries(this.#stored).filter(([other]) => other !== known);
    this.#replace(Object.fromEntries(rest));
    return known;
  }

  #replace(stored: Stored): void {
    this.#file.write({ settings: stored });
    this.#stored = stored;
  }
}

function defaults(): Settings {
  return {
    name: sanitiseName(hostname().split('.')[0] ?? '') || 'unnamed',
    ...defaultSettings,
  };
}

function onOrOff(key: SettingKey, text: string): boolean {
  return oneOf(key, text, ['on', 'off']) === 'on';
}

function oneOf<const W extends string>(key: SettingKey, text: string, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === text.toLowerCase());
  if (word !== undefined) return word;
  throw invalid(key, text, `one of ${words.join(', ')}`);
}

function urlsOf(key: 'relay' | 'discovery', text: string): Settings['relay'] {
  if (text === 'default' || text === 'none') return text;
  const urls = text.split(/[\s,]+/).filter((url) => url !== '');
  const parsed = z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(8)
    .safeParse(urls);
  if (parsed.success) return parsed.data;
  throw invalid(key, text, 'default, none, or one to eight web addresses (https://…) separated by spaces');
}

function invalid(key: SettingKey, text: string, right: string): Failure {
  return new Failure('setting-invalid', `‘${text}’ is not a value for ${key}; it takes ${right}.`);
}
