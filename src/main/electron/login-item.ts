/** Start at login, as this system does it. */
import { app } from 'electron';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { xdgLoginItem, type LoginItem } from '../login-item.js';

export function systemLoginItem(): LoginItem {
  if (process.platform === 'darwin') return darwinLoginItem;
  const config = process.env['XDG_CONFIG_HOME'] ?? '';
  return xdgLoginItem(config === '' ? join(homedir(), '.config') : config, ownCommand());
}

/**
 * An AppImage is run from a mount that is gone at the next login; a package has its launcher beside the binary; from a
 * checkout the app is an argument.
 */
function ownCommand(): string[] {
  const image = process.env['APPIMAGE'] ?? '';
  if (image !== '') return [image];
  return app.isPackaged ? [process.execPath.replace(/\.bin$/, '')] : [process.execPath, app.getAppPath()];
}

const darwinLoginItem: LoginItem = {
  isEnabled: () => Promise.resolve(app.getLoginItemSettings().openAtLogin),
  enable: (openAtLogin) => {
    app.setLoginItemSettings({ openAtLogin });
    return Promise.resolve();
  },
};
