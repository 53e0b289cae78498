/** How far somebody is who opened the app for the first time. */
import type { AppState } from '../../shared/app-contract.js';

export type WelcomeStep = 'service' | 'name' | 'friend';

/** @returns null where there is nothing to welcome: it was done, or the service was set up and used before. */
export function welcomeStep(app: AppState, named: boolean): WelcomeStep | null {
  const { link, settings, status } = app;
  if (settings.welcomed) return null;
  if (link.kind === 'not-installed' || link.kind === 'stopped') return 'service';
  if (link.kind !== 'connected' || status === null) return null;
  const inUse = status.peers.length > 0 && !named;
  if (link.level === 'anyone' || status.nodeId === '' || inUse) return null;
  return named ? 'friend' : 'name';
}
