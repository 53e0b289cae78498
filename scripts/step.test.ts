import { execFile } from 'node:child_process';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { StepFailure, must, progressOf, step } from './step.mjs';

const node = process.execPath;

describe('step', () => {
  let said = '';
  beforeEach(() => {
    said = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });

  it('keeps the output of what passes to itself', async () => {
    expect(await step('Trying', [node, '-p', '6 * 7'])).toEqual({ passed: true, code: 0, output: '42\n' });
    expect(said).toContain('✓ Trying');
    expect(said).not.toContain('42');
  });

  it('shows the output of what fails, as a terminal would leave it', async () => {
    const script = 'process.stderr.write("bar 1\\rbar 2\\rbroken\\n"); process.exit(3)';
    expect(await step('Trying', [node, '-e', script])).toMatchObject({ passed: false, code: 3 });
    expect(said).toMatch(/✗ Trying.*\nbroken\n$/);
  });

  it('leaves no program behind that ends otherwise', async () => {
    // It holds our pipe for as long as it lives.
    const program = `['sh', '-c', 'echo running; kill -USR2 $PPID; exec sleep 60']`;
    const script = `import { step } from ${JSON.stringify(new URL('step.mjs', import.meta.url).href)};
      process.on('SIGUSR2', () => process.exit(7));
      await step('Trying', ${program}, { shown: true });`;
    const started = performance.now();
    const ended = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      execFile(node, ['--input-type=module', '-e', script], (error, stdout) => {
        resolve({ code: error?.code, stdout });
      });
    });
    expect(ended).toEqual({ code: 7, stdout: 'running\n' });
    expect(performance.now() - started).toBeLessThan(15_000);
  }, 90_000);

  it('fails where the program does not exist', async () => {
    await expect(must('Trying', ['no-such-program'])).rejects.toThrow(StepFailure);
    expect(said).toContain('no-such-program');
  });
});

describe('progressOf', () => {
  it('reads the last state of the progress bar of cargo', () => {
    expect(progressOf('  Building [=>  ] 9/46: a, b \r    Building [==> ] 12/46: iroh, quinn \r')).toBe(
      '12 of 46 crates, iroh',
    );
  });

  it('reads the crate where there is no bar', () => {
    expect(progressOf('   Compiling syn v3.0.10\n   Compiling iroh v1.4.0\n')).toBe('iroh');
    expect(progressOf('hello')).toBeNull();
  });
});
