/** Programs of e2e/: TypeScript run through tsx, on real devices in network namespaces. */
import { tool } from './npm-packages.mjs';

/**
 * The command line that runs a script of e2e/.
 * @param {'demo' | 'run'} script
 * @param {readonly string[]} words its arguments
 * @returns {import('./step.mjs').Argv}
 */
export function scenario(script, words) {
  return [tool('tsx'), `e2e/${script}.ts`, ...words];
}

/**
 * What this machine lacks to run them, in words that say what to do; null where nothing.
 * @param {string} command what the person typed
 */
export function scenarioObstacle(command) {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.geteuid?.() !== 0) return `network namespaces and tunnel devices need root: sudo ${command}`;
  return null;
}
