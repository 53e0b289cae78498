/** Which element leads to a page: there the keyboard is again when the page is left. */
import type { View } from '../store/app-store.js';

/** @returns its id in the document; null for the home page, which is always there. */
export function openerOf(view: View): string | null {
  switch (view.kind) {
    case 'home':
      return null;
    case 'peer':
      return `peer-${view.id}`;
    case 'settings':
      return 'open-settings';
    case 'diagnostics':
      return 'open-menu';
  }
}
