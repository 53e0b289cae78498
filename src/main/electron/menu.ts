/** The application menu: hidden on Linux, the menu bar on macOS; on both the home of the keyboard's shortcuts. */
import { app, Menu, type MenuItemConstructorOptions } from 'electron';

export function setApplicationMenu(quit: () => void): void {
  const developer: MenuItemConstructorOptions[] = app.isPackaged
    ? []
    : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: 'Rayfish',
        submenu: [
          { role: 'close' },
          { type: 'separator' },
          { label: 'Quit…', accelerator: 'CmdOrCtrl+Q', click: quit },
        ],
      },
      { role: 'editMenu' },
      { label: 'View', submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, ...developer] },
    ]),
  );
}
