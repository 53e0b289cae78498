import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingKeySchema, type Settings } from '../shared/ipc-contract.js';
import { FakeHelper } from './fake-helper.test-support.js';
import { Terminal } from './terminal.test-support.js';

const settings: Settings = {
  name: 'laptop',
  'ipv6-only': 'auto',
  port: 45820,
  relay: ['https://one.example/', 'https://two.example/'],
  discovery: 'default',
  mdns: true,
  'fast-path': true,
  offload: true,
};
let helper: FakeHelper;
let terminal: Terminal;

beforeEach(async () => {
  helper = await FakeHelper.start({
    'get-settings': () => ({ settings, overridden: ['port'] }),
    'set-setting': () => ({ settings, restartNeeded: false }),
    'unset-setting': () => ({ settings, restartNeeded: true }),
  });
  terminal = new Terminal(helper.socketPath);
});
afterEach(() => helper.stop());

describe('rayfish config', () => {
  it('explains every setting and marks what the helper was started with', async () => {
    expect(await terminal.run('config')).toBe(0);
    for (const key of settingKeySchema.options)
      expect(terminal.stdout).toMatch(new RegExp(`^${key} = .*\n {4}\\w`, 'm'));
    expect(terminal.stdout).toContain('port = 45820 (given on the command line of the helper)\n');
    expect(terminal.stdout).toContain('mdns = on\n');
    for (const line of terminal.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('get prints the value as set takes it, or refuses a key there is not', async () => {
    expect(await terminal.run('config', 'get', 'relay')).toBe(0);
    expect(terminal.stdout).toBe('https://one.example/ https://two.example/\n');
    expect(await terminal.run('config', 'get', 'colour')).toBe(2);
    expect(terminal.stderr).toContain('There are: name, ipv6-only');
  });

  it('set sends the value as typed and prints what is effective', async () => {
    await terminal.run('config', 'set', 'relay', 'https://one.example', 'https://two.example');
    const params = { key: 'relay', value: 'https://one.example https://two.example' };
    expect(helper.calls).toEqual([{ method: 'set-setting', params }]);
    expect(terminal.stdout).toBe('relay = https://one.example/ https://two.example/\n');
  });

  it('says when it takes a restart', async () => {
    await terminal.run('config', 'unset', 'port');
    expect(terminal.stdout).toBe('port = 45820\nIt takes effect once the helper was restarted.\n');
  });
});
