/** Runs sandboxed before the page and gives it `window.rayfish`: the contract and nothing else. */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import type { AppBridge, AppState } from '../shared/app-contract.js';
import { channels } from '../shared/app-channels.js';

const bridge: AppBridge = {
  call: (method, params) => ipcRenderer.invoke(channels.call, method, params),
  act: (action, params) => ipcRenderer.invoke(channels.act, action, params),
  onState: (listener) => {
    const listen = (_event: IpcRendererEvent, state: AppState): void => {
      listener(state);
    };
    ipcRenderer.on(channels.state, listen);
    return () => {
      ipcRenderer.off(channels.state, listen);
    };
  },
};

contextBridge.exposeInMainWorld('rayfish', bridge);
