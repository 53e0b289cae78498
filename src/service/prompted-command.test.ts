import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { packBundle, type Archive } from './archive.js';
import { makeBundle, temporaryRoot } from './bundle.test-support.js';
import { prepareInstallation } from './installer.js';
import { serviceLayout, type ServiceLayout } from './layout.js';
import { copyAndInstallCommand, installedCommand, typedCommand } from './prompted-command.js';

const token = '0123456789abcdef';
const fixedText = /^[^"$`\\\n]+$/;

describe('the prompted command', () => {
  const archive: Archive = { path: '/tmp/rayfish-desktop-Ab12Cd/service.tar', size: 5, sha256: 'e'.repeat(64) };

  it.each(['linux', 'darwin'] as const)('is fixed text on %s, with nothing a shell would replace', (platform) => {
    const command = copyAndInstallCommand(serviceLayout(platform), archive, token, 501);
    expect(command).toMatch(fixedText);
    expect(command).toContain(archive.sha256);
    // Nothing of the archive runs, nor is it even unpacked, before its copy was compared.
    const compared = command.indexOf(archive.sha256);
    expect(command.indexOf('tar -x')).toBeGreaterThan(compared);
    expect(command.indexOf('rayfish.js')).toBeGreaterThan(command.indexOf('tar -x'));
  });

  it('refuses to be made of a path that could mean something to a shell', () => {
    for (const path of ['/tmp/a"b', '/tmp/$HOME/x', '/tmp/a`id`', '/tmp/a\nb', '/tmp/a\\b', '/tmp/(a)']) {
      expect(() => copyAndInstallCommand(serviceLayout('linux'), { ...archive, path }, token, 0)).toThrow('fixed text');
      expect(installedCommand(path, 'linux', 0)).toBeNull();
    }
  });

  it('is typed as one word and two, whatever the path', () => {
    expect(typedCommand("/home/o'hara/Rayfish $HOME/service")).toBe(
      "'/home/o'\\''hara/Rayfish $HOME/service/bin/rayfish' service install",
    );
  });

  it('names the operator where the prompt of macOS does not', () => {
    expect(copyAndInstallCommand(serviceLayout('darwin'), archive, token, 501)).toContain(
      'env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin SUDO_UID=501 /',
    );
    expect(installedCommand('/opt/Rayfish Desktop/resources/service', 'linux', 501)).toBe(
      "'/opt/Rayfish Desktop/resources/service/bin/node' '/opt/Rayfish Desktop/resources/service/dist/rayfish.js' service install",
    );
  });
});

describe.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')('run by root', () => {
  let layout: ServiceLayout;
  let archive: Archive;
  let ran: string;

  beforeEach(async () => {
    const root = temporaryRoot();
    layout = serviceLayout('linux', root);
    mkdirSync(dirname(layout.home), { mode: 0o755 });
    archive = await packBundle(makeBundle(join(root, 'bundle'), { said: 'ours' }), join(root, 'service.tar'));
    ran = join(layout.home, 'ran');
  });

  const command = (): string => copyAndInstallCommand(layout, archive, token, 0);

  async function run(text = command()): Promise<{ code: number; said: string }> {
    return new Promise((resolve) => {
      execFile('/bin/sh', ['-c', text], { timeout: 20_000 }, (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          said: stdout + stderr,
        });
      });
    });
  }

  function expectNothing(): void {
    expect(existsSync(ran)).toBe(false);
    expect(existsSync(layout.home) ? readdirSync(layout.home) : []).toEqual([]);
  }

  it('installs from the copy, and leaves neither directory nor archive behind', async () => {
    expect(await run()).toEqual({ code: 0, said: '' });
    expect(readFileSync(ran, 'utf8')).toBe(`ours ${layout.home}/incoming-${token}/dist/rayfish.js service install\n`);
    expect(readdirSync(layout.home)).toEqual(['ran']);
  });

  it.each<[string, (other: string) => void]>([
    [
      'other files',
      (other) => {
        renameSync(other, archive.path);
      },
    ],
    [
      'the same and more',
      () => {
        writeFileSync(archive.path, 'more', { flag: 'a' });
        writeFileSync(archive.path, 'x', { flag: 'r+' });
      },
    ],
    [
      'a link to other files',
      (other) => {
        rmSync(archive.path);
        symlinkSync(other, archive.path);
      },
    ],
    [
      'a link to a secret',
      () => {
        rmSync(archive.path);
        symlinkSync('/etc/shadow', archive.path);
      },
    ],
    [
      'a link to an endless device',
      () => {
        rmSync(archive.path);
        symlinkSync('/dev/zero', archive.path);
      },
    ],
    [
      'a pipe nobody writes to',
      () => {
        rmSync(archive.path);
        execFileSync('mkfifo', [archive.path]);
      },
    ],
    [
      'a part of itself',
      () => {
        truncateSync(archive.path, archive.size - 512);
      },
    ],
    [
      'a directory',
      () => {
        rmSync(archive.path);
        mkdirSync(archive.path);
      },
    ],
    [
      'nothing',
      () => {
        rmSync(archive.path);
      },
    ],
  ])("refuses %s put in the archive's place before the copy", async (_what, swap) => {
    const text = command();
    const root = dirname(archive.path);
    const other = await packBundle(makeBundle(join(root, 'evil'), { said: 'evil' }), join(root, 'evil.tar'));
    swap(other.path);
    const { code } = await run(text);
    expect(code).toBe(1);
    expectNothing();
  });

  it('says in a sentence that the files were changed', async () => {
    writeFileSync(archive.path, 'x', { flag: 'r+' });
    expect((await run()).said).toContain('The files were changed');
  });

  it('never runs anything else, however fast the archive is swapped to and fro', async () => {
    const root = dirname(archive.path);
    const other = await packBundle(makeBundle(join(root, 'evil'), { said: 'evil' }), join(root, 'evil.tar'));
    execFileSync('cp', [archive.path, join(root, 'ours.tar')]);
    const loop = `while :; do ln -f ${other.path} t && mv -f t ${archive.path}; ln -f ours.tar t && mv -f t ${archive.path}; done`;
    // A group of its own: what the shell has just started must end with it.
    const swapper = spawn('sh', ['-c', loop], { cwd: root, stdio: 'ignore', detached: true });
    const codes: number[] = [];
    for (let round = 0; round < 25; round++) codes.push((await run()).code);
    process.kill(-(swapper.pid ?? 0), 'SIGKILL');
    await once(swapper, 'exit');
    const lines = existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : [];
    expect(lines.filter((line) => !line.startsWith('ours '))).toEqual([]);
    expect(lines).toHaveLength(codes.filter((code) => code === 0).length);
  }, 60_000);

  it('leaves nothing behind where what it ran failed', async () => {
    const root = dirname(archive.path);
    const bundle = makeBundle(join(root, 'failing'));
    writeFileSync(join(bundle, 'bin/node'), '#!/bin/sh\nexit 9\n');
    archive = await packBundle(bundle, join(root, 'failing.tar'));
    expect((await run()).code).toBe(1);
    expectNothing();
  });

  it('refuses a directory swapped for a link to another', async () => {
    const text = command();
    const root = dirname(archive.path);
    await packBundle(makeBundle(join(root, 'evil'), { said: 'evil' }), join(root, 'evil', 'service.tar'));
    renameSync(root, `${root}-moved`);
    onTestFinished(() => {
      rmSync(`${root}-moved`, { recursive: true, force: true });
    });
    mkdirSync(dirname(layout.home), { recursive: true, mode: 0o755 });
    symlinkSync(join(`${root}-moved`, 'evil', 'service.tar'), archive.path);
    expect((await run(text)).code).toBe(1);
    expectNothing();
  });

  it.each([1, 13])('leaves nothing behind, and says so, on a disk of %i kB', async (size) => {
    const place = dirname(layout.home);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size * 1024},mode=755`, 'tmpfs', place]);
    onTestFinished(() => {
      execFileSync('umount', [place]);
    });
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toContain('the disk is full');
    expect(readdirSync(place)).toEqual([]);
  });

  it('refuses a place that others can change', async () => {
    mkdirSync(layout.home);
    chmodSync(layout.home, 0o775);
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toContain('Others than root can change');
    expectNothing();
  });

  it.each(['its place', 'the directory above'])('refuses a link for %s, and says that it is one', async (what) => {
    const link = what === 'its place' ? layout.home : dirname(layout.home);
    const elsewhere = join(dirname(archive.path), 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o755 });
    rmSync(link, { recursive: true, force: true });
    symlinkSync(elsewhere, link);
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toMatch(/^Nothing was installed: \S+ or \S+ is a link\. /);
    expect(readdirSync(elsewhere)).toEqual([]);
    expectNothing();
  });

  it('means the same through sudo-prompt', async () => {
    // As @vscode/sudo-prompt writes it, for the user's shell, but for pkexec in front.
    const prompted = `/bin/bash -c "echo SUDOPROMPT; ${command().replace(/"/g, '\\"')}"`;
    expect(await run(prompted)).toEqual({ code: 0, said: 'SUDOPROMPT\n' });
    expect(readFileSync(ran, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it("is made from an app's bundle, and needs no copy where only root can change that", async () => {
    const root = dirname(archive.path);
    const trust = { owner: 0, top: root };
    const options = { layout, trust, stagingDirectory: root };
    const staged = (): string[] => readdirSync(root).filter((name) => name.startsWith('rayfish-desktop-'));
    const shared = makeBundle(join(root, 'shared'), { said: 'shared' });
    chmodSync(join(root, 'shared'), 0o755);
    expect((await prepareInstallation(shared, options)).command).toBe(installedCommand(shared, 'linux', 0));
    expect(staged()).toEqual([]);
    execFileSync('chown', ['1234', join(shared, 'dist/rayfish.js')]);
    const prepared = await prepareInstallation(shared, options);
    expect(staged()).toHaveLength(1);
    expect(prepared.terminalCommand).toBe(`'${shared}/bin/rayfish' service install`);
    expect((await run(prepared.command)).code).toBe(0);
    expect(readFileSync(ran, 'utf8')).toMatch(/^shared /);
    await prepared.dispose();
    expect(staged()).toEqual([]);
  });

  it("is made of root's own copy where that is the same bundle, unless it was damaged", async () => {
    const root = dirname(archive.path);
    const options = { layout, trust: { owner: 0, top: root }, stagingDirectory: root };
    const [mine, copy] = [makeBundle(join(root, 'mine')), makeBundle(join(layout.home, '1.0.0-ab'))];
    execFileSync('chown', ['-R', '1234', mine]);
    symlinkSync('1.0.0-ab', layout.current);
    expect((await prepareInstallation(mine, options)).command).toBe(installedCommand(copy, 'linux', 0));
    writeFileSync(join(copy, 'native/index.node'), 'broken');
    const prepared = await prepareInstallation(mine, options);
    expect(prepared.command).toContain('service.tar');
    await prepared.dispose();
  });
});
