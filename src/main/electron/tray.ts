/** Puts the tray view onto the system's tray. */
import { Menu, nativeImage, nativeTheme, Tray, type MenuItemConstructorOptions, type NativeImage } from 'electron';
import { join } from 'node:path';
import type { AppModel } from '../app-model.js';
import { isPanelDark } from '../panel.js';
import { paced } from '../paced.js';
import {
  differsOnlyInTimes,
  trayView,
  type TrayCommand,
  type TrayIcon,
  type TrayItem,
  type TrayView,
} from '../tray-view.js';

/** Setting a menu again closes it under its reader's hand: milliseconds alone are worth that this seldom. */
const timesEveryMs = 30_000;

/** A tray that follows the model until the app ends. */
export function showTray(model: AppModel, iconDirectory: string, perform: (command: TrayCommand) => void): Tray {
  let shown = trayView(model.state);
  let shownAt = 0;
  const tray = new Tray(icon(iconDirectory, shown.icon));
  const show = (view: TrayView): void => {
    shown = view;
    shownAt = Date.now();
    tray.setImage(icon(iconDirectory, view.icon));
    tray.setToolTip(view.tooltip);
    // On Linux a menu that changes has to be set again.
    tray.setContextMenu(Menu.buildFromTemplate(view.menu.map((item) => template(item, perform))));
  };
  const update = paced(() => {
    const view = trayView(model.state);
    if (JSON.stringify(view) === JSON.stringify(shown)) return;
    if (differsOnlyInTimes(view, shown) && Date.now() - shownAt < timesEveryMs) return;
    show(view);
  }, 1000);
  show(shown);
  model.onChange(() => {
    update(undefined);
  });
  nativeTheme.on('updated', () => {
    tray.setImage(icon(iconDirectory, shown.icon));
  });
  return tray;
}

/** Electron's menu item for one of ours. */
function template(item: TrayItem, perform: (command: TrayCommand) => void): MenuItemConstructorOptions {
  switch (item.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: literal(item.label), enabled: false };
    case 'command':
      return {
        label: literal(item.label),
        click: () => {
          perform(item.command);
        },
      };
    case 'submenu':
      return { label: literal(item.label), submenu: item.items.map((inner) => template(inner, perform)) };
  }
}

/** A single & would underline the next character. */
function literal(label: string): string {
  return label.replace(/&/g, '&&');
}

function icon(directory: string, name: TrayIcon): NativeImage {
  if (process.platform === 'darwin') {
    const image = nativeImage.createFromPath(join(directory, `${name}Template.png`));
    image.setTemplateImage(true);
    return image;
  }
  const dark = isPanelDark(process.env['XDG_CURRENT_DESKTOP'] ?? '', nativeTheme.shouldUseDarkColors);
  // Drawn for a panel of that colour.
  return nativeImage.createFromPath(join(directory, `${name}-${dark ? 'dark' : 'light'}.png`));
}
