/** Settings as the text a person reads and types; the helper reads it back. */
import type { SettingKey, Settings } from '../../shared/ipc-contract.js';

export function settingText(settings: Settings, key: SettingKey): string {
  const value = settings[key];
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
