import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { autostartEntry, xdgLoginItem } from './login-item.js';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rayfish-login-'));
  path = join(directory, 'autostart', 'rayfish-desktop.desktop');
});

afterEach(() => rm(directory, { recursive: true }));

describe('login item', () => {
  it('is off until it is switched on, and off again afterwards', async () => {
    const item = xdgLoginItem(directory, ['/usr/bin/rayfish-desktop']);

    expect(await item.isEnabled()).toBe(false);
    await item.enable(true);
    expect(await item.isEnabled()).toBe(true);
    await item.enable(false);
    expect(await item.isEnabled()).toBe(false);
  });

  it('starts the app without its window', async () => {
    await xdgLoginItem(directory, ['/usr/bin/rayfish-desktop']).enable(true);

    expect(await readFile(path, 'utf8')).toContain('\nExec="/usr/bin/rayfish-desktop" "--at-login"\n');
  });

  it.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])('is off where the desktop says %s', async (line) => {
    const item = xdgLoginItem(directory, ['rayfish']);
    await item.enable(true);
    await writeFile(path, `[Desktop Entry]\n${line}\n`);

    expect(await item.isEnabled()).toBe(false);
  });

  it('quotes paths so that the desktop runs them as they are', () => {
    expect(autostartEntry(['/home/a b/100% "$HOME"/`x`\\y'])).toContain(
      'Exec="/home/a b/100%% \\\\"\\\\$HOME\\\\"/\\\\`x\\\\`\\\\\\\\y"\n',
    );
  });

  it('cannot grow a second line', () => {
    expect(autostartEntry(['a\nExec=evil'])).not.toContain('\nExec=evil');
  });
});
