import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeStaging, removeLeftovers } from './staging.js';

const twoHours = 2 * 60 * 60 * 1000;
let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'rayfish-staging-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(parent, { recursive: true });
});

async function leftover(): Promise<string> {
  const { directory, archive } = await makeStaging(parent);
  writeFileSync(archive, 'a bundle');
  const then = new Date(Date.now() - twoHours);
  utimesSync(directory, then, then);
  return directory;
}

describe('what a killed run left', () => {
  it('is removed, whether its archive was there yet or not', async () => {
    await leftover();
    rmSync(join(await leftover(), 'service.tar'));
    await removeLeftovers(parent, Date.now() + twoHours);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('stays while its prompt may be open', async () => {
    const { archive } = await makeStaging(parent);
    writeFileSync(archive, 'a bundle');
    await removeLeftovers(parent);
    expect(existsSync(archive)).toBe(true);
  });

  it('stays where it belongs to somebody else', async () => {
    const directory = await leftover();
    vi.spyOn(process, 'getuid').mockReturnValue(4321);
    await removeLeftovers(parent);
    expect(readdirSync(directory)).toEqual(['service.tar']);
  });

  it('stays where there is something else in it', async () => {
    const directory = await leftover();
    mkdirSync(join(directory, 'photos'));
    await removeLeftovers(parent, Date.now() + twoHours);
    expect(readdirSync(directory)).toEqual(['photos', 'service.tar']);
  });

  it('is not what a link leads to, nor what is only called alike', async () => {
    mkdirSync(join(parent, 'elsewhere'));
    writeFileSync(join(parent, 'elsewhere', 'service.tar'), 'precious');
    symlinkSync('elsewhere', join(parent, 'rayfish-desktop-Ab12Cd'));
    for (const name of ['rayfish-desktop-', 'rayfish-desktop-backup1', 'my-rayfish-desktop-Ab12Cd']) {
      mkdirSync(join(parent, name));
    }
    const before = readdirSync(parent, { recursive: true });
    await removeLeftovers(parent, Date.now() + twoHours);
    expect(readdirSync(parent, { recursive: true })).toEqual(before);
  });

  it('is nothing to fail over', async () => {
    await expect(removeLeftovers(join(parent, 'gone'))).resolves.toBeUndefined();
  });
});
