import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Runner } from '../helper/network/runner.js';
import { makeBundle, temporaryRoot } from './bundle.test-support.js';
import { currentCopy } from './copy.js';
import { isServiceInstalled } from './installer.js';
import { serviceLayout, type ServiceLayout } from './layout.js';
import { Service, type ServiceWorld } from './service.js';

let root: string;
let layout: ServiceLayout;
let calls: string[];
let installedWhenStarted: string | null;
/** What the manager says. */
let said: { code: number; stdout: string };

const users: Record<string, string> = {
  '-un 1000': 'alice',
  '-u alice': '1000',
  '-un alice': 'alice',
  '-u 0': '0',
  '-un 0': 'root',
};

/** A systemd that does as told, and the users alice and root. */
const runner: Runner = {
  run(command, args) {
    const line = args.join(' ');
    if (command === 'id') {
      const said = users[line];
      return Promise.resolve({ code: said === undefined ? 1 : 0, stdout: `${said ?? ''}\n`, stderr: '' });
    }
    calls.push(`${command} ${line}`);
    if (line.startsWith('restart')) installedWhenStarted = currentCopy(layout);
    return Promise.resolve({ ...said, stderr: '' });
  },
  follow() {
    throw new Error('unused');
  },
};

beforeEach(() => {
  root = temporaryRoot();
  layout = serviceLayout('linux', root);
  for (const path of [layout.home, layout.command]) mkdirSync(dirname(path), { recursive: true });
  calls = [];
  installedWhenStarted = null;
  said = { code: 0, stdout: 'ActiveState=active\nSubState=running\nUnitFileState=enabled\n' };
});

function service(bundle: string | null, world: Partial<ServiceWorld> = {}): Service {
  const trust = { owner: process.getuid?.() ?? 0, top: root };
  return new Service({ layout, runner, trust, env: {}, bundle, answers: () => Promise.resolve(true), ...world });
}

const bundleOf = (version: string): string => makeBundle(join(root, `bundle-${version}`), { version });

describe('installing', () => {
  it('copies the bundle, writes unit and command, and starts the copy', async () => {
    expect(isServiceInstalled(layout)).toBe(false);
    await service(bundleOf('1.0.0')).install();
    expect(isServiceInstalled(layout)).toBe(true);
    expect(readFileSync(join(layout.current, 'dist/rayfish.js'), 'utf8')).toBe('// 1.0.0\n');
    expect(readFileSync(layout.definition, 'utf8')).toContain('# 1.0.0');
    expect(readlinkSync(layout.command)).toBe(join(layout.current, 'bin/rayfish'));
    expect(calls.at(-1)).toBe('systemctl restart rayfish-desktop.service');
    expect(await service(null).status()).toEqual({
      installed: 'copy',
      version: '1.0.0',
      state: 'running',
      atBoot: true,
    });
  });

  it('makes who asked an operator: pkexec and sudo say who, root itself nobody', async () => {
    expect(await service(bundleOf('1.0.0'), { env: { PKEXEC_UID: '1000' } }).install()).toEqual({
      operator: { uid: 1000, name: 'alice' },
    });
    expect(await service(null).operators()).toEqual([{ uid: 1000, name: 'alice' }]);
    expect(await service(bundleOf('1.0.0'), { env: { SUDO_UID: '0' } }).install()).toEqual({ operator: null });
    expect(await service(null).operators()).toHaveLength(1);
  });

  it('upgrades in one step and removes the old copy', async () => {
    await service(bundleOf('1.0.0')).install();
    await service(bundleOf('2.0.0')).install();
    expect(installedWhenStarted).toMatch(/2\.0\.0-[0-9a-f]+$/);
    expect(readdirSync(layout.home).filter((name) => !name.startsWith('2.0.0-'))).toEqual(['current']);
  });

  it('keeps what was installed where the new bundle is refused', async () => {
    await service(bundleOf('1.0.0')).install();
    const spoiled = bundleOf('2.0.0');
    symlinkSync('/etc/passwd', join(spoiled, 'dist/passwd'));
    await expect(service(spoiled).install()).rejects.toMatchObject({ code: 'bundle-refused' });
    expect((await service(null).status()).version).toBe('1.0.0');
    expect(readdirSync(layout.home)).toHaveLength(2);
  });

  it('brings the version from before back where the new one does not answer', async () => {
    await service(bundleOf('1.0.0')).install();
    const before = currentCopy(layout);
    const answers = (): Promise<boolean> => Promise.resolve(currentCopy(layout) === before);
    await expect(service(bundleOf('2.0.0'), { answers, patienceMs: 0 }).install()).rejects.toMatchObject({
      code: 'service-failed',
      message: expect.stringMatching(
        /^Nothing was upgraded, the version from before runs again\. .*journalctl/,
      ) as string,
    });
    expect(installedWhenStarted).toBe(before);
    expect(readFileSync(layout.definition, 'utf8')).toContain('# 1.0.0');
    expect(readdirSync(layout.home)).toHaveLength(2);
  });

  it('leaves no half of itself where the definition cannot be written', async () => {
    mkdirSync(dirname(dirname(layout.definition)), { recursive: true });
    writeFileSync(dirname(layout.definition), 'in the way');
    await expect(service(bundleOf('1.0.0')).install()).rejects.toThrow();
    expect(readdirSync(layout.home)).toEqual([]);
  });

  it('changes nothing where no manager answers', async () => {
    said = { code: 1, stdout: '' };
    await expect(service(bundleOf('1.0.0')).install()).rejects.toMatchObject({ code: 'service-unsupported' });
    expect(existsSync(layout.home)).toBe(false);
  });

  it('run from the copy itself only starts it', async () => {
    await service(bundleOf('1.0.0')).install();
    const before = readdirSync(layout.home);
    await service(currentCopy(layout)).install();
    expect(readdirSync(layout.home)).toEqual(before);
  });

  it('leaves another program called rayfish alone', async () => {
    writeFileSync(layout.command, 'another');
    await service(bundleOf('1.0.0')).install();
    await service(null).uninstall(true);
    expect(readFileSync(layout.command, 'utf8')).toBe('another');
  });

  it('refuses a place that somebody else can change', async () => {
    const trust = { owner: (process.getuid?.() ?? 0) + 1, top: root };
    await expect(service(bundleOf('1.0.0'), { trust }).install()).rejects.toMatchObject({ code: 'service-failed' });
    expect(existsSync(layout.definition)).toBe(false);
  });
});

describe('the status', () => {
  it.each([
    [0, 'starting'],
    [1, 'failing'],
  ])('of one that runs and does not answer, %i times restarted, is %s', async (restarts, state) => {
    await service(bundleOf('1.0.0')).install();
    said.stdout += `NRestarts=${restarts}\n`;
    const silent = service(null, { answers: () => Promise.resolve(false) });
    expect((await silent.status()).state).toBe(state);
    expect((await service(null).status()).state).toBe('running');
  });
});

describe('beside a package', () => {
  let packaged: string;

  beforeEach(() => {
    packaged = makeBundle(join(root, 'opt/Rayfish Desktop/resources/service'), { version: '3.0.0' });
    const unit = layout.packagedDefinition ?? '';
    mkdirSync(dirname(unit), { recursive: true });
    writeFileSync(unit, `[Service]\nExecStart="${packaged}/bin/node" "${packaged}/dist/rayfish.js" helper\n`);
  });

  it('installing enables what the package brought and copies nothing', async () => {
    await service(packaged).install();
    expect(existsSync(layout.home)).toBe(false);
    expect(existsSync(layout.definition)).toBe(false);
    expect(await service(null).status()).toMatchObject({ installed: 'package', version: '3.0.0' });
  });

  it('uninstalling leaves its files to the package manager', async () => {
    expect(await service(packaged).uninstall(true)).toEqual({ packageLeft: true });
    expect(existsSync(packaged)).toBe(true);
    expect(calls).toContain('systemctl disable --now rayfish-desktop.service');
  });
});

describe('uninstalling', () => {
  beforeEach(async () => {
    await service(bundleOf('1.0.0'), { env: { PKEXEC_UID: '1000' } }).install();
    for (const name of ['identity.json', 'peers.json', 'settings.json', 'wish.json', 'helper.log']) {
      writeFileSync(join(layout.stateDir, name), '{}');
    }
  });

  it('removes all of it; the identity stays with whom it knows and its settings, the operators do not', async () => {
    await service(null).uninstall(true);
    for (const path of [layout.home, layout.definition]) expect(existsSync(path)).toBe(false);
    expect(lstatSync(layout.command, { throwIfNoEntry: false })).toBeUndefined();
    expect(readdirSync(layout.stateDir).sort()).toEqual(['identity.json', 'peers.json', 'settings.json']);
  });

  it('with the identity leaves nothing at all', async () => {
    await service(null).uninstall(false);
    expect(existsSync(layout.stateDir)).toBe(false);
  });

  it('is refused where there is nothing', async () => {
    rmSync(layout.definition);
    await expect(service(null).uninstall(true)).rejects.toMatchObject({ code: 'service-missing' });
    await expect(service(null).start()).rejects.toMatchObject({ code: 'service-missing' });
  });
});

describe('operators', () => {
  it('are added by name and removed by number, also when the user is gone', async () => {
    expect(await service(null).addOperator('alice')).toEqual({ uid: 1000, name: 'alice' });
    delete users['-un 1000'];
    expect(await service(null).operators()).toEqual([{ uid: 1000, name: '1000' }]);
    await service(null).removeOperator('1000');
    expect(await service(null).operators()).toEqual([]);
    users['-un 1000'] = 'alice';
  });

  it.each(['nobody-here', '', '-u', '--help'])('‘%s’ is nobody', async (name) => {
    await expect(service(null).addOperator(name)).rejects.toMatchObject({ code: 'user-unknown' });
  });

  it('root need not be one', async () => {
    await expect(service(null).addOperator('0')).rejects.toMatchObject({ code: 'usage' });
  });
});
