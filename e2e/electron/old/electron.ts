/** What the app uses of today's Electron, made of what Electron 9 has. */
import { performance } from 'node:perf_hooks';
import { app, clipboard, ipcMain, protocol, type IpcMainInvokeEvent } from 'electron';

interface OldProtocol {
  registerBufferProtocol(
    scheme: string,
    handler: (request: { url: string }, answer: (response: unknown) => void) => void,
  ): void;
}

/** As much of a response as the app makes use of. */
class OldResponse {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    readonly body: Uint8Array,
    init: { status: number; headers: Record<string, string> },
  ) {
    this.status = init.status;
    this.headers = init.headers;
  }
}

function handlePages(scheme: string, handler: (request: { url: string }) => Promise<OldResponse>): void {
  (protocol as unknown as OldProtocol).registerBufferProtocol(scheme, ({ url }, answer) => {
    void handler({ url }).then(({ status, headers, body }) => {
      const [mimeType, charset] = (headers['content-type'] ?? '').split('; charset=');
      answer({ statusCode: status, headers, mimeType, charset, data: Buffer.from(body) });
    });
  });
}

Object.assign(globalThis, { Response: OldResponse, performance });
Object.assign(protocol, { handle: handlePages });

const writeText = clipboard.writeText.bind(clipboard);
Object.assign(clipboard, { writeText: (text: string) => Promise.resolve(writeText(text)) });

app.on('web-contents-created', (_event, contents) => {
  const deny = (event: { preventDefault(): void }): void => {
    event.preventDefault();
  };
  Object.assign(contents, { setWindowOpenHandler: () => contents.on('new-window' as 'will-navigate', deny) });
});

// It did not say which frame sent a message; ours has one.
type Listener = (event: IpcMainInvokeEvent, ...words: unknown[]) => unknown;
const handle = ipcMain.handle.bind(ipcMain);
Object.assign(ipcMain, {
  handle: (channel: string, listener: Listener) => {
    handle(channel, (event, ...words: unknown[]) => {
      Object.defineProperty(event, 'senderFrame', { value: { url: event.sender.getURL(), parent: null } });
      return listener(event, ...words);
    });
  },
});
