/** Whether only root can change what lies at a path: itself and every directory above it. */
import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../shared/errors.js';

export interface Trust {
  /** Uid everything must belong to. */
  owner: number;
  /** Where looking upwards ends. */
  top: string;
}

export const rootOnly: Trust = { owner: 0, top: '/' };

/** @returns the first path of the chain that somebody else can change, or null; links are resolved first */
export function changeableBySomebody(path: string, { owner, top }: Trust = rootOnly): string | null {
  try {
    for (let at = realpathSync(path); ; at = dirname(at)) {
      const { uid, mode } = lstatSync(at);
      if (uid !== owner || (mode & 0o022) !== 0) return at;
      if (at === top || at === '/') return null;
    }
  } catch {
    return path;
  }
}

/** @throws Failure `service-failed` naming what somebody else can change */
export function assertOnlyRootCanChange(path: string, trust: Trust = rootOnly): void {
  const weak = changeableBySomebody(path, trust);
  if (weak === null) return;
  throw new Failure(
    'service-failed',
    `Nothing was installed: ${weak} can be changed by others than root, so what root runs must not lie there.`,
  );
}
