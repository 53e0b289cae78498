/** Where the background service lives, per platform. Everything here belongs to root alone. */

export type ServicePlatform = 'linux' | 'darwin';

export interface ServiceLayout {
  platform: ServicePlatform;
  /** Holds one directory per installed copy. */
  home: string;
  /** Link to the copy in use; replaced in one step. */
  current: string;
  /** The systemd unit or launchd plist we write. */
  definition: string;
  /** The unit a deb or rpm brings; null where there are no such packages. */
  packagedDefinition: string | null;
  /** Link that makes `rayfish` a command of every terminal. */
  command: string;
  /** Identity, peers, settings, operators. */
  stateDir: string;
}

/** Name of the definition within a bundle, and of the service towards its manager. */
export const serviceNames = {
  linux: { manager: 'rayfish-desktop.service', definition: 'rayfish-desktop.service' },
  darwin: { manager: 'org.rayfish.desktop.helper', definition: 'org.rayfish.desktop.helper.plist' },
} as const;

/**
 * @param root directory that stands for `/`; tests have one of their own
 */
export function serviceLayout(platform: ServicePlatform = thisPlatform(), root = ''): ServiceLayout {
  const { definition } = serviceNames[platform];
  if (platform === 'darwin') {
    const home = `${root}/Library/PrivilegedHelperTools/rayfish-desktop`;
    return {
      platform,
      home,
      current: `${home}/current`,
      definition: `${root}/Library/LaunchDaemons/${definition}`,
      packagedDefinition: null,
      command: `${root}/usr/local/bin/rayfish`,
      stateDir: `${root}/Library/Application Support/Rayfish Desktop`,
    };
  }
  const home = `${root}/opt/rayfish-desktop`;
  return {
    platform,
    home,
    current: `${home}/current`,
    definition: `${root}/etc/systemd/system/${definition}`,
    packagedDefinition: `${root}/usr/lib/systemd/system/${definition}`,
    command: `${root}/usr/local/bin/rayfish`,
    stateDir: `${root}/var/lib/rayfish-desktop`,
  };
}

/** What shows people why the service does not run. */
export function logCommand(platform: ServicePlatform = thisPlatform()): string {
  return platform === 'linux' ? 'sudo journalctl -u rayfish-desktop' : 'cat /var/log/rayfish-desktop.log';
}

function thisPlatform(): ServicePlatform {
  return process.platform === 'darwin' ? 'darwin' : 'linux';
}
