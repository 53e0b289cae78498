/** Serves the window's files as `app://rayfish/…`. */
import { protocol } from 'electron';
import { pageFile } from '../page-files.js';

/** To be called before the app is ready. */
export function declarePageProtocol(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
}

/** To be called once the app is ready. */
export function servePages(directory: string): void {
  protocol.handle('app', async ({ url }) => {
    const { status, headers, body } = await pageFile(url, directory);
    return new Response(new Uint8Array(body), { status, headers });
  });
}
