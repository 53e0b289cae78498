/** Start at login on Linux: the desktop's own list, `autostart/` of the XDG configuration directory. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './json-file.js';

/** Whether the system starts the app at login; the system's answer is the truth, not a setting of ours. */
export interface LoginItem {
  isEnabled(): Promise<boolean>;
  enable(enabled: boolean): Promise<void>;
}

/** The argument by which the app knows that nobody asked for its window. */
export const atLoginArgument = '--at-login';

/**
 * @param configDirectory XDG_CONFIG_HOME, or its default.
 * @param argv the program and its arguments that start the app.
 */
export function xdgLoginItem(configDirectory: string, argv: readonly string[]): LoginItem {
  const path = join(configDirectory, 'autostart', 'rayfish-desktop.desktop');
  return {
    async isEnabled() {
      const entry = await readFile(path, 'utf8').catch(() => null);
      // Desktops switch an entry off rather than remove it.
      return entry !== null && !/^\s*(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(entry);
    },
    async enable(enabled) {
      if (enabled) await writeWhole(path, autostartEntry([...argv, atLoginArgument]));
      else await rm(path, { force: true });
    },
  };
}

/** The desktop entry that runs `argv`. */
export function autostartEntry(argv: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Rayfish',
    'Comment=Your devices, reachable for each other',
    `Exec=${argv.map(quoted).join(' ')}`,
    'Icon=rayfish-desktop',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** One argument as the Desktop Entry specification wants it: quoted, `%` doubled, and then a string of that file. */
function quoted(argument: string): string {
  const escaped = argument.replace(/["`$\\]/g, '\\$&').replace(/%/g, '%%');
  return `"${escaped}"`.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
