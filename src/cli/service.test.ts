import { beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from './terminal.test-support.js';

let terminal: Terminal;

beforeEach(() => {
  terminal = new Terminal();
});

describe('rayfish service', () => {
  it.each(['uninstall', 'start', 'stop', 'operator'])('%s is for root', async (verb) => {
    expect(await terminal.run('service', verb)).toBe(4);
    expect(terminal.stderr).toContain('sudo');
  });

  it('operator add and remove are for root, and need a user', async () => {
    expect(await terminal.run('service', 'operator', 'add', 'alice')).toBe(4);
    expect(await terminal.run('service', 'operator', 'remove')).toBe(2);
  });

  it('uninstall does not both keep and delete the identity', async () => {
    terminal.root = true;
    expect(await terminal.run('service', 'uninstall', '--purge', '--keep-identity')).toBe(2);
  });

  it('explains every verb', async () => {
    expect(await terminal.run('service', '--help')).toBe(0);
    for (const verb of ['install', 'uninstall', 'start', 'stop', 'status', 'operator']) {
      expect(terminal.stdout).toMatch(new RegExp(`^ +${verb} `, 'm'));
    }
  });
});
