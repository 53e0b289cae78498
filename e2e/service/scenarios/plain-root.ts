/** What can be judged without booting: the files and scripts of the deb, and the unit. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { must, run } from '../../command.js';
import { scenario } from '../../scenario.js';
import { bundle } from '../bundle.js';
import { assertGoodUnit } from '../checks.js';
import { copyDebian } from '../debian.js';
import { makeDeb } from '../deb.js';

const opt = '/opt/Rayfish Desktop';
/** As they stand in the binary. */
const fuseStates = { off: '0'.charCodeAt(0), on: '1'.charCodeAt(0) };
const icons = fileURLToPath(new URL('../../../assets/icons/linux', import.meta.url));

scenario(
  'installation: the files of a deb belong to root; entry, icons, unit, sandbox and AppArmor profile are right, without booting',
  { needs: ['service', 'app', 'debian', 'dpkg-deb'], timeoutMs: 300_000 },
  async (world) => {
    const work = await world.scratch('plain');
    const root = join(work, 'root');
    await copyDebian(root);
    await cp(await makeDeb(work, '0.1.0'), join(root, 'root/first.deb'));
    const inside = (...argv: [string, ...string[]]): Promise<string> => must(['chroot', root, ...argv]);
    const text = (path: string): string => readFileSync(join(root, path), 'utf8');
    await inside('dpkg', '--install', '--force-depends', '/root/first.deb');

    // Nothing is writable for anybody but root, nothing is setuid but the sandbox.
    const files = (await inside('dpkg', '--listfiles', 'rayfish-desktop')).trim().split('\n');
    assert.ok(files.includes(`${opt}/resources/app.asar`));
    assert.equal(
      await inside('find', ...asOptions(files), '!', '-type', 'l', '(', '!', '-uid', '0', '-o', '-perm', '/022', ')'),
      '',
    );
    assert.equal(await inside('find', ...asOptions(files), '-perm', '/7000'), `${opt}/chrome-sandbox\n`);
    assert.equal(await inside('stat', '--format=%a %U:%G', `${opt}/chrome-sandbox`), '4755 root:root\n');

    await inside('desktop-file-validate', '/usr/share/applications/rayfish-desktop.desktop');
    const entry = text('/usr/share/applications/rayfish-desktop.desktop');
    assert.match(entry, /^Exec="\/opt\/Rayfish Desktop\/rayfish-desktop" %U$/m);
    assert.match(entry, /^Icon=rayfish-desktop$/m);
    const handlers = text('/usr/share/applications/mimeinfo.cache');
    assert.match(handlers, /^x-scheme-handler\/rayfish=rayfish-desktop\.desktop;$/m);
    for (const icon of readdirSync(icons)) {
      const size = icon.replace('.png', '');
      const placed = join(root, `/usr/share/icons/hicolor/${size}/apps/rayfish-desktop.png`);
      assert.ok(readFileSync(placed).equals(readFileSync(join(icons, icon))), size);
    }

    // The launcher stands where the app did, and the app is nobody else's Node.
    assert.match(text(`${opt}/rayfish-desktop`), /^#!\/bin\/sh\n/);
    const fuses = await getCurrentFuseWire(join(root, opt, 'rayfish-desktop.bin'));
    const off = [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
    ];
    for (const fuse of off) assert.equal(fuses[fuse], fuseStates.off, FuseV1Options[fuse]);
    assert.equal(fuses[FuseV1Options.OnlyLoadAppFromAsar], fuseStates.on);

    await inside('apparmor_parser', '--skip-kernel-load', '--skip-cache', `${opt}/resources/apparmor-profile`);
    assert.match(
      text(`${opt}/resources/apparmor-profile`),
      /^profile "rayfish-desktop" "\/opt\/Rayfish Desktop\/rayfish-desktop\{,\.bin\}"/m,
    );

    const unit = '/usr/lib/systemd/system/rayfish-desktop.service';
    assert.equal(text(unit), readFileSync(join(bundle, 'share/packaged.service'), 'utf8'));
    await assertGoodUnit(inside, unit);

    // Where systemd does not run, it says so and changes nothing.
    const { code, stderr } = await run(['chroot', root, 'rayfish', 'service', 'install']);
    assert.equal(code, 1);
    assert.match(stderr, /was not started by systemd/);

    await inside('dpkg', '--install', '--force-depends', '/root/first.deb');
    await inside('dpkg', '--purge', 'rayfish-desktop');
    assert.equal(await inside('sh', '-c', 'find / -xdev -iname "*rayfish*" ! -path "/var/log/*"'), '');
    assert.equal(existsSync(join(root, opt)), false);
  },
);

/** The package's own, not the directories of the system it is in. */
function asOptions(files: readonly string[]): [string, ...string[]] {
  const own = files.filter((file) => /rayfish/i.test(file));
  return [own[0] ?? '/nothing', ...own.slice(1), '-maxdepth', '0'];
}
