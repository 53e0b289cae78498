/** Settings of the helper, as every program has to know them: their keys, what holds where nothing was set, their text. */
import { Failure } from './errors.js';
import { settingKeySchema, type SettingKey, type Settings } from './ipc-contract.js';

/** All but the name, which is the host's. */
export const defaultSettings: Omit<Settings, 'name'> = {
  'ipv6-only': 'auto',
  // Free of Tailscale's 41641 and WireGuard's 51820.
  port: 45820,
  relay: 'default',
  discovery: 'default',
  mdns: true,
  'fast-path': true,
  offload: true,
};

/** @throws Failure `setting-unknown`, naming the keys there are. */
export function parseSettingKey(key: string): SettingKey {
  const parsed = settingKeySchema.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new Failure(
    'setting-unknown',
    `There is no setting ‘${key}’. There are: ${settingKeySchema.options.join(', ')}.`,
  );
}

/** A value as a person reads and types it; the helper reads it back. */
export function settingText(value: Settings[SettingKey]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
