/** For tests: a directory that stands for `/`, and small bundles whose Node is a shell script. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Removed when the test ends. */
export function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'rayfish-service-'));
  chmodSync(root, 0o755);
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  return root;
}

/** A bundle that writes `said` into `ran` beside itself when its Node is run. */
export function makeBundle(
  directory: string,
  { version = '1.0.0', said = version }: { version?: string; said?: string } = {},
): string {
  const files: Record<string, string> = {
    'bin/node': `#!/bin/sh\necho "${said} $*" >> "$(dirname "$0")/../../ran"\n`,
    'bin/rayfish': '#!/bin/sh\n',
    'bundle.json': JSON.stringify({ version, build: Buffer.from(said.padEnd(32, '.')).toString('hex').slice(0, 64) }),
    'dist/rayfish.js': `// ${said}\n`,
    'native/index.node': 'x'.repeat(3000),
    'share/rayfish-desktop.service': `[Service]\n# ${said}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, text);
    chmodSync(file, path.startsWith('bin/') ? 0o755 : 0o644);
  }
  return directory;
}
