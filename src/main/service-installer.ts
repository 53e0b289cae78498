/** Installs the background service from the bundle that came with the app. */
import { isServiceInstalled, prepareInstallation, terminalCommand } from '../service/installer.js';
import type { ServiceInstaller } from './service-start.js';

/** @param bundle directory that scripts/service-bundle.mjs made */
export function serviceInstaller(bundle: string): ServiceInstaller {
  return {
    installed: () => isServiceInstalled(),
    async prepareStart() {
      const prepared = await prepareInstallation(bundle);
      return {
        command: prepared.command,
        terminalCommand: terminalCommand(prepared.command),
        dispose: () => prepared.dispose(),
      };
    },
  };
}
