/** Hands what the window's preload script sends to the handlers, with who sent it. */
import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { channels } from '../../shared/app-channels.js';
import type { Handlers } from '../handlers.js';
import type { Sender } from '../sender.js';

export function serveBridge(handlers: Handlers): void {
  ipcMain.handle(channels.call, (event, method: unknown, params: unknown) =>
    handlers.call(senderOf(event), method, params),
  );
  ipcMain.handle(channels.act, (event, action: unknown, params: unknown) =>
    handlers.act(senderOf(event), action, params),
  );
}

function senderOf({ senderFrame }: IpcMainInvokeEvent): Sender {
  return { url: senderFrame?.url ?? '', topFrame: senderFrame !== null && senderFrame.parent === null };
}
