import { Failure } from '../../shared/errors.js';
import { DarwinNetwork } from './darwin/darwin-network.js';
import { LinuxNetwork } from './linux/linux-network.js';
import type { Network } from './network.js';
import { processRunner } from './runner.js';

/** The network of this platform. @throws Failure `network-configuration` on one that is not supported. */
export function createNetwork(platform: NodeJS.Platform = process.platform, runner = processRunner()): Network {
  if (platform === 'linux') return new LinuxNetwork(runner);
  if (platform === 'darwin') return new DarwinNetwork(runner);
  throw new Failure('network-configuration', `Rayfish does not run on ${platform} yet: Linux and macOS only.`);
}
