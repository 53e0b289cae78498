/** Quitting the app is not turning the tunnel off; where that matters, the owner is asked. */
import { app, dialog } from 'electron';
import type { AppCore } from '../app-core.js';

/** What "Quit" does, wherever it is chosen. While its question is open, choosing it again does nothing. */
export function quitter(core: Pick<AppCore, 'model' | 'helper'>): () => void {
  let asking = false;
  return () => {
    if (asking) return;
    asking = true;
    void quitAsking(core).finally(() => {
      asking = false;
    });
  };
}

async function quitAsking({ model, helper }: Pick<AppCore, 'model' | 'helper'>): Promise<void> {
  const { link, status } = model.state;
  const mayTurnOff = link.kind === 'connected' && link.level !== 'anyone' && status?.wish === 'up';
  if (mayTurnOff) {
    const { response } = await dialog.showMessageBox({
      type: 'question',
      title: 'Quit Rayfish',
      message: 'Quit Rayfish?',
      detail: 'Your devices can go on reaching each other without this app, or you can disconnect now.',
      buttons: ['Quit and stay connected', 'Quit and disconnect', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    if (response === 2) return;
    // It could fail only where there is nothing to turn off any more.
    if (response === 1) await helper.call('down', {}).catch(() => undefined);
  }
  app.quit();
}
