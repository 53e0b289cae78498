/** Shows the system's notifications for what is worth one. */
import { Notification } from 'electron';
import type { AppState } from '../../shared/app-contract.js';
import type { AppModel } from '../app-model.js';
import { Notices, type Notice } from '../notices.js';

/** From here on until the app ends. */
export function notify(model: AppModel, open: (page: AppState['wantedPage']) => void): void {
  const notices = new Notices();
  // One that is collected as garbage can't be clicked any more.
  const shown = new Set<Notification>();
  model.onChange((state, previous) => {
    if (!Notification.isSupported()) return;
    for (const notice of notices.after(state, previous, Date.now())) show(notice);
  });
  function show({ title, body, page }: Notice): void {
    const notification = new Notification({ title, body });
    shown.add(notification);
    notification.on('click', () => {
      shown.delete(notification);
      open(page);
    });
    notification.on('close', () => shown.delete(notification));
    notification.show();
  }
}
