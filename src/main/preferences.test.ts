import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Preferences } from './preferences.js';

let directory: string;
let path: string;
let atLogin: boolean;

const loginItem = {
  isEnabled: () => Promise.resolve(atLogin),
  enable: (enabled: boolean) => {
    atLogin = enabled;
    return Promise.resolve();
  },
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rayfish-preferences-'));
  path = join(directory, 'app', 'app-settings.json');
  atLogin = false;
});

afterEach(() => rm(directory, { recursive: true }));

describe('preferences', () => {
  it('are remembered', async () => {
    const preferences = await Preferences.load(path, loginItem);
    await preferences.change({ theme: 'dark', welcomed: true });

    expect((await Preferences.load(path, loginItem)).current).toMatchObject({ theme: 'dark', welcomed: true });
  });

  it('lose nothing where two are changed at once', async () => {
    const preferences = await Preferences.load(path, loginItem);
    await Promise.all([preferences.change({ theme: 'dark' }), preferences.change({ welcomed: true })]);

    expect((await Preferences.load(path, loginItem)).current).toMatchObject({ theme: 'dark', welcomed: true });
  });

  it('leave alone what is not given', async () => {
    const preferences = await Preferences.load(path, loginItem);
    await preferences.change({ theme: 'dark' });

    expect(await preferences.change({ theme: undefined, welcomed: true })).toMatchObject({ theme: 'dark' });
  });

  it('take the system’s word on whether the app starts at login', async () => {
    await (await Preferences.load(path, loginItem)).change({ startAtLogin: true });
    expect(atLogin).toBe(true);

    atLogin = false;
    expect((await Preferences.load(path, loginItem)).current.startAtLogin).toBe(false);
  });

  it.each(['', 'not json', '[]', 'null', '{"theme":"pink","startAtLogin":"yes"}'])(
    'have their defaults where the file says %s',
    async (content) => {
      await (await Preferences.load(path, loginItem)).change({ welcomed: true });
      await writeFile(path, content);

      expect((await Preferences.load(path, loginItem)).current).toEqual({
        theme: 'system',
        startAtLogin: false,
        notifyPeerOnline: false,
        showInDock: false,
        welcomed: false,
      });
    },
  );

  it('keep the good settings of a file with a bad one', async () => {
    await (await Preferences.load(path, loginItem)).change({ welcomed: true });
    await writeFile(path, '{"theme":"pink","welcomed":true,"unknown":1}');

    expect((await Preferences.load(path, loginItem)).current.welcomed).toBe(true);
  });

  it('say so where they cannot be kept, and stay as they were', async () => {
    const preferences = await Preferences.load(join(directory, 'file', 'settings.json'), loginItem);
    await writeFile(join(directory, 'file'), '');

    await expect(preferences.change({ theme: 'dark' })).rejects.toThrow('couldn’t be saved');
    expect(preferences.current.theme).toBe('system');
  });

  it('leave no half-written file behind', async () => {
    const preferences = await Preferences.load(path, loginItem);
    await preferences.change({ theme: 'light' });

    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ theme: 'light' });
  });
});
