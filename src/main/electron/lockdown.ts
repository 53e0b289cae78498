/** What no page in this app may do, whatever it is made to try. */
import { app, session } from 'electron';
import { pageOrigin } from '../page-files.js';

/** Developer tools bring pages of their own; a packaged app has none. */
const allowed = app.isPackaged ? /^(data|blob):/ : /^(data|blob|devtools):/;

/** To be called before the first window. */
export function lockDown(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event) => {
      event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => {
      event.preventDefault();
    });
  });
}

/** To be called once the app is ready. */
export function denyPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, callback) => {
    callback(false);
  });
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.on('will-download', (event) => {
    event.preventDefault();
  });
  // Nothing but our own files, not even by accident.
  session.defaultSession.webRequest.onBeforeRequest((details, callback) => {
    const ours = details.url.startsWith(`${pageOrigin}/`) || allowed.test(details.url);
    callback({ cancel: !ours });
  });
}
