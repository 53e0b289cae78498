/** Everything one state directory holds, opened together; what could not be read is set aside and told of. */
import type { Settings } from '../shared/ipc-contract.js';
import { HintStore } from './hints.js';
import { IdentityStore } from './identity.js';
import { Operators } from './operators.js';
import { PeerStore } from './peer-store.js';
import { SettingsStore } from './settings.js';
import type { SetAside } from './state-file.js';
import { Warnings } from './warnings.js';
import { WishStore } from './wish.js';

export interface State {
  identity: IdentityStore;
  peers: PeerStore;
  hints: HintStore;
  settings: SettingsStore;
  wish: WishStore;
  operators: Operators;
  warnings: Warnings;
}

/**
 * @param stateDir an existing directory that this process alone uses.
 * @param overrides settings fixed by command-line flags.
 */
export function openState(stateDir: string, overrides: Partial<Settings>): State {
  const warnings = new Warnings(stateDir);
  const report = (aside: SetAside): void => {
    warnings.stick({
      code: aside.file === 'peers.json' ? 'peers-unreadable' : 'state-unreadable',
      message: inWords(aside),
    });
  };
  return {
    identity: new IdentityStore(stateDir),
    peers: new PeerStore(stateDir, report),
    hints: new HintStore(stateDir, report),
    settings: new SettingsStore(stateDir, overrides, report),
    wish: new WishStore(stateDir, report),
    operators: new Operators(stateDir),
    warnings,
  };
}

const losses: Record<string, string> = {
  'peers.json': 'Your peers are gone from the list',
  'settings.json': 'Settings are back to their defaults',
  'hints.json': 'Finding peers may take longer this time',
  'wish.json': 'Whether Rayfish was on or off is forgotten, so it is on',
};

function inWords({ file, movedTo, detail }: SetAside): string {
  const kept = movedTo === null ? `It is still there as ${file}` : `It was kept as ${movedTo}`;
  return `${losses[file] ?? 'Something stored is lost'}: ${file} was damaged (${detail}). ${kept}.`;
}
