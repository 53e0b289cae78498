/** Light or dark: the owner's choice, else the system's. */
import { useSyncExternalStore } from 'react';
import type { AppSettings } from '../shared/app-contract.js';

/** Keeps `data-theme` of the page right for this choice. @returns how to stop. */
export function followTheme(choice: AppSettings['theme']): () => void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    document.documentElement.dataset['theme'] = choice === 'system' ? (system.matches ? 'dark' : 'light') : choice;
  };
  apply();
  system.addEventListener('change', apply);
  return () => {
    system.removeEventListener('change', apply);
  };
}

/** For what cannot follow CSS by itself (canvases). */
export function useThemeName(): string {
  return useSyncExternalStore(watch, () => document.documentElement.dataset['theme'] ?? 'light');
}

function watch(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    observer.disconnect();
  };
}
