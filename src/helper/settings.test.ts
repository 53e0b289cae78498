import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SettingsStore, parseSetting } from './settings.js';
import type { SettingKey, Settings } from '../shared/ipc-contract.js';
import type { SetAside } from './state-file.js';

let directory: string;
let reports: SetAside[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-settings-'));
  reports = [];
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function open(overrides: Partial<Settings> = {}): SettingsStore {
  return new SettingsStore(directory, overrides, (aside) => void reports.push(aside));
}

describe('parseSetting', () => {
  it.each<[SettingKey, string, unknown]>([
    ['name', ' Zoë’s laptop ', 'Zoë’s laptop'],
    ['ipv6-only', 'ON', 'on'],
    ['port', '0', 0],
    ['port', '65535', 65535],
    ['relay', 'none', 'none'],
    ['relay', 'https://a.example, http://b.example:3340', ['https://a.example', 'http://b.example:3340']],
    ['discovery', 'default', 'default'],
    ['mdns', 'off', false],
    ['fast-path', 'off', false],
    ['offload', 'On', true],
  ])('reads %s %j', (key, typed, value) => {
    expect(parseSetting(key, typed)).toEqual(value);
  });

  it.each<[SettingKey, string, RegExp]>([
    ['ipv6-only', 'maybe', /auto, on, off/],
    ['port', '65536', /0 to 65535/],
    ['port', '-1', /0 to 65535/],
    ['port', '1e3', /0 to 65535/],
    ['relay', '', /web addresses/],
    ['relay', 'ftp://a.example', /web addresses/],
    ['mdns', 'yes', /on, off/],
  ])('refuses %s %j and says what is right', (key, typed, message) => {
    expect(() => parseSetting(key, typed)).toThrow(expect.objectContaining({ code: 'setting-invalid' }));
    expect(() => parseSetting(key, typed)).toThrow(message);
  });
});

describe('SettingsStore', () => {
  it('keeps what was set, and goes back to the default when unset', () => {
    const before = open().get();
    expect(before).toMatchObject({
      'ipv6-only': 'auto',
      port: 45820,
      relay: 'default',
      discovery: 'default',
      mdns: true,
      'fast-path': true,
      offload: true,
    });
    open().set('port', '7000');
    expect(open().get()).toEqual({ ...before, port: 7000 });
    open().unset('port');
    expect(open().get()).toEqual(before);
  });

  it('lets command-line flags win and does not store them', () => {
    const store = open({ relay: 'none' });
    store.set('relay', 'https://a.example');
    expect(store.get().relay).toBe('none');
    expect(store.overridden()).toEqual(['relay']);
    expect(open().get().relay).toEqual(['https://a.example']);
  });

  it('names the keys there are', () => {
    expect(() => open().set('speed', 'fast')).toThrow(/There is no setting ‘speed’.*ipv6-only/);
    expect(() => open().unset('speed')).toThrow(expect.objectContaining({ code: 'setting-unknown' }));
  });

  it('starts with the defaults when its file is damaged, and reports it', () => {
    writeFileSync(join(directory, 'settings.json'), '{"version":1,"settings":{"port":"many"}}');
    expect(open().get().port).toBe(45820);
    expect(reports).toMatchObject([{ file: 'settings.json' }]);
  });
});
