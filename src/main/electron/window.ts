/** The one window: made when it is wanted, and given up when nobody has looked at it for a while. */
import { app, BrowserWindow, nativeImage, screen, type Rectangle } from 'electron';
import { channels } from '../../shared/app-channels.js';
import type { AppState } from '../../shared/app-contract.js';
import type { AppModel } from '../app-model.js';
import { readJson, writeJson } from '../json-file.js';
import { pageOrigin } from '../page-files.js';
import { paced, stateIntervalMs } from '../paced.js';
import { defaultSize, fittingPlace, parsePlace, placeUnder, smallestSize } from '../window-place.js';

export interface AppWindowOptions {
  model: AppModel;
  preload: string;
  icon: string;
  placeFile: string;
  /** The menu bar icon, where the system says where that is. */
  trayBounds: () => Rectangle | null;
  /** How long a hidden window is kept, in milliseconds. */
  releaseAfterMs: number;
}

/** A page that dies sooner than this after it was loaded anew is not loaded again. */
const crashPauseMs = 10_000;

export class AppWindow {
  #window: Promise<BrowserWindow> | null = null;
  #release: NodeJS.Timeout | null = null;
  #quitting = false;

  constructor(private readonly options: AppWindowOptions) {
    app.on('before-quit', () => {
      this.#quitting = true;
    });
  }

  /** Shows the window and gives it the keyboard. */
  async show(): Promise<void> {
    if (this.#release !== null) clearTimeout(this.#release);
    this.#window ??= this.#create().catch((thrown: unknown) => {
      this.#window = null;
      throw thrown;
    });
    const window = await this.#window;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    await this.#showDock();
  }

  async #create(): Promise<BrowserWindow> {
    const { model, preload, icon, placeFile } = this.options;
    const place = await this.#place();
    const window = new BrowserWindow({
      ...defaultSize,
      ...place,
      minWidth: smallestSize.width,
      minHeight: smallestSize.height,
      show: false,
      title: 'Rayfish',
      icon: nativeImage.createFromPath(icon),
      autoHideMenuBar: true,
      fullscreenable: false,
      webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, spellcheck: false },
    });
    const send = paced((state: AppState) => {
      window.webContents.send(channels.state, state);
    }, stateIntervalMs);
    const stop = model.onChange((state) => {
      if (window.isVisible() && !window.isMinimized()) send(state);
    });
    const catchUp = (): void => {
      send(model.state);
    };
    window.on('show', catchUp);
    window.on('restore', catchUp);
    window.on('close', (event) => {
      // Where it can't be written, the window opens at its old place next time.
      void writeJson(placeFile, window.getNormalBounds()).catch(() => undefined);
      // Without a tray there would be nothing left to bring it back with; the window says that the tunnel stays.
      if (this.#quitting || model.state.trayless) return;
      event.preventDefault();
      window.hide();
    });
    window.on('hide', () => {
      this.#releaseLater(window);
    });
    window.on('closed', () => {
      stop();
      send.cancel();
      this.#window = null;
      if (model.state.trayless) app.quit();
    });
    let reloadedAt = -Infinity;
    const revive = (): void => {
      if (window.isDestroyed()) return;
      // Hidden, it can wait until it is wanted again.
      if (!window.isVisible() || performance.now() - reloadedAt < crashPauseMs) {
        window.destroy();
        return;
      }
      reloadedAt = performance.now();
      window.reload();
    };
    window.webContents.on('render-process-gone', () => {
      // Not while Chromium is still clearing up: that has taken the app along.
      setImmediate(revive);
    });
    await window.loadURL(`${pageOrigin}/index.html`);
    return window;
  }

  #releaseLater(window: BrowserWindow): void {
    if (this.#release !== null) clearTimeout(this.#release);
    void this.#showDock();
    this.#release = setTimeout(() => {
      if (!window.isDestroyed() && !window.isVisible()) window.destroy();
    }, this.options.releaseAfterMs);
  }

  async #place(): Promise<Rectangle | null> {
    const remembered = parsePlace(await readJson(this.options.placeFile));
    const icon = this.options.trayBounds();
    if (process.platform === 'darwin' && icon !== null) {
      return placeUnder(icon, remembered ?? defaultSize, screen.getDisplayMatching(icon).workArea);
    }
    const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea);
    return remembered === null ? null : fittingPlace(remembered, workAreas);
  }

  /** In the Dock while its window is open, if wanted; otherwise only in the menu bar. */
  async #showDock(): Promise<void> {
    if (process.platform !== 'darwin') return;
    if (this.options.model.state.settings.showInDock) await app.dock?.show();
    else app.dock?.hide();
  }
}
