import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeHelper, ownId, status } from './fake-helper.test-support.js';

const entry = fileURLToPath(new URL('main.ts', import.meta.url));
let helper: FakeHelper;

beforeEach(async () => {
  const line = { at: '2025-06-01T12:00:00.000Z', level: 'info', message: 'x'.repeat(200) } as const;
  helper = await FakeHelper.start({
    status: () => status(),
    logs: () => ({ lines: Array.from({ length: 900 }, () => line) }),
  });
});
afterEach(() => helper.stop());

function start(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args], {
    env: { ...process.env, RAYFISH_SOCKET: helper.socketPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}

/** Everything the process wrote until it ended, and how it ended. */
async function ended(child: ChildProcessByStdio<null, Readable, Readable>) {
  let stderr = '';
  child.stderr.on('data', (text: string) => (stderr += text));
  return new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stderr });
    });
  });
}

describe('the process', { timeout: 20_000 }, () => {
  it('ends by itself with the exit code', async () => {
    const child = start('id');
    let stdout = '';
    child.stdout.on('data', (text: string) => (stdout += text));
    expect(await ended(child)).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${ownId}\n`);
    expect(await ended(start('nonsense'))).toMatchObject({ code: 2 });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = start('logs');
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended(child)).toEqual({ code: 0, stderr: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops watching on %s with exit code 0', async (signal) => {
    const child = start('status', '--watch');
    child.stdout.once('data', () => child.kill(signal));
    expect(await ended(child)).toEqual({ code: 0, stderr: '' });
  });
});
