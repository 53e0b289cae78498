/** Installs the background service from the bundle that came with the app. */
import { isServiceInstalled, prepareInstallation } from '../service/installer.js';
import type { ServiceInstaller } from './service-start.js';

/** @param bundle directory that scripts/service-bundle.mjs made */
export function serviceInstaller(bundle: string): ServiceInstaller {
  return {
    installed: () => isServiceInstalled(),
    prepareStart: () => prepareInstallation(bundle),
  };
}
