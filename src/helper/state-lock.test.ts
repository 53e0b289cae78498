import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateLock } from './state-lock.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-lock-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A lock whose holder was killed: nobody unlinks the socket. */
async function leaveStaleLock(): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(join(directory, 'helper.lock'))}, () => console.log('held'))`;
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
}

describe('StateLock', () => {
  it('is held by one, and free after release', async () => {
    const lock = await StateLock.take(directory);
    await expect(StateLock.take(directory)).rejects.toMatchObject({ code: 'state-in-use' });
    await lock.release();
    expect(existsSync(join(directory, 'helper.lock'))).toBe(false);
    await (await StateLock.take(directory)).release();
  });

  it('does not outlive a killed holder', async () => {
    await leaveStaleLock();
    await (await StateLock.take(directory)).release();
  });

  it('goes to exactly one of many who find the same remains', async () => {
    await leaveStaleLock();
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => StateLock.take(directory)));
    const holders = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(holders).toHaveLength(1);
    await holders[0]?.value.release();
  });

  it('says which directory cannot be used', async () => {
    await expect(StateLock.take(join(directory, 'gone'))).rejects.toMatchObject({
      code: 'state-unwritable',
      message: expect.stringContaining('gone') as string,
    });
  });
});
