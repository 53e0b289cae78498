import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { packBundle } from './archive.js';
import { bundleFiles, copyBundle, readManifest } from './bundle.js';
import { makeBundle, temporaryRoot } from './bundle.test-support.js';

let root: string;
let bundle: string;

beforeEach(() => {
  root = temporaryRoot();
  bundle = makeBundle(join(root, 'bundle'));
});

describe('a bundle', () => {
  it.each<[string, () => void]>([
    [
      'a link',
      () => {
        symlinkSync('/etc/passwd', join(bundle, 'dist/extra.js'));
      },
    ],
    [
      'a linked directory',
      () => {
        symlinkSync('/etc', join(bundle, 'more'));
      },
    ],
    [
      'a pipe',
      () => {
        execFileSync('mkfifo', [join(bundle, 'dist/pipe')]);
      },
    ],
    [
      'a setuid program',
      () => {
        chmodSync(join(bundle, 'bin/node'), 0o4755);
      },
    ],
    [
      'a setgid directory',
      () => {
        chmodSync(join(bundle, 'dist'), 0o2755);
      },
    ],
    [
      'a file the group may write',
      () => {
        chmodSync(join(bundle, 'dist/rayfish.js'), 0o664);
      },
    ],
    [
      'a directory everybody may write',
      () => {
        chmodSync(join(bundle, 'dist'), 0o777);
      },
    ],
    [
      'a name with a newline',
      () => {
        writeFileSync(join(bundle, 'dist/a\nb'), '');
      },
    ],
  ])('with %s is refused, whole', async (_what, spoil) => {
    spoil();
    const refusal = expect.objectContaining({ code: 'bundle-refused' }) as Error;
    expect(() => bundleFiles(bundle)).toThrow(refusal);
    expect(() => {
      copyBundle(bundle, join(root, 'copy'));
    }).toThrow(refusal);
    await expect(packBundle(bundle, join(root, 'tar'))).rejects.toThrow(refusal);
  });

  it('is copied with modes of its own, however private the umask and the original', () => {
    chmodSync(join(bundle, 'dist/rayfish.js'), 0o600);
    const umask = process.umask(0o077);
    try {
      copyBundle(bundle, join(root, 'copy'));
    } finally {
      process.umask(umask);
    }
    const modeOf = (path: string): string => (statSync(join(root, 'copy', path)).mode & 0o7777).toString(8);
    expect(['', 'bin', 'bin/node', 'dist/rayfish.js'].map(modeOf)).toEqual(['755', '755', '755', '644']);
    expect(readManifest(join(root, 'copy'))).toEqual(readManifest(bundle));
  });

  it('is copied file by file: a hard link does not tie the copy to the original', () => {
    linkSync(join(bundle, 'dist/rayfish.js'), join(root, 'elsewhere'));
    copyBundle(bundle, join(root, 'copy'));
    writeFileSync(join(root, 'elsewhere'), 'changed');
    expect(readFileSync(join(root, 'copy/dist/rayfish.js'), 'utf8')).toBe('// 1.0.0\n');
  });

  it('never replaces a directory that is there already', () => {
    copyBundle(bundle, join(root, 'copy'));
    expect(() => {
      copyBundle(bundle, join(root, 'copy'));
    }).toThrow('EEXIST');
  });
});

describe('its archive', () => {
  it('is what tar unpacks and sha256sum confirms', async () => {
    const archive = await packBundle(bundle, join(root, 'service.tar'));
    expect(execFileSync('sha256sum', [archive.path], { encoding: 'utf8' })).toContain(archive.sha256);
    expect(statSync(archive.path).size).toBe(archive.size);
    rmSync(join(root, 'out'), { recursive: true, force: true });
    execFileSync('sh', [
      '-c',
      `mkdir ${root}/out && tar -xf ${archive.path} -C ${root}/out && diff -r ${bundle} ${root}/out`,
    ]);
    expect(statSync(join(root, 'out/bin/node')).mode & 0o777).toBe(0o755);
  });

  it('never replaces a file that is there already', async () => {
    writeFileSync(join(root, 'service.tar'), 'mine');
    await expect(packBundle(bundle, join(root, 'service.tar'))).rejects.toThrow('EEXIST');
    expect(existsSync(join(root, 'service.tar'))).toBe(true);
  });
});
