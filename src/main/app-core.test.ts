import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeHelper, status } from '../cli/fake-helper.test-support.js';
import type { AppState, ServiceTask } from '../shared/app-contract.js';
import { createAppCore, type AppCore } from './app-core.js';

const page = { url: 'app://rayfish/index.html', topFrame: true };
let dataDirectory: string;
let helper: FakeHelper;
let core: AppCore;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'rayfish-app-'));
  helper = await FakeHelper.start({ status: () => status() });
  helper.level = 'anyone';
  core = await start();
});

afterEach(async () => {
  core.helper.stop();
  await helper.stop();
  await rm(dataDirectory, { recursive: true });
});

/** An app whose administrator makes its user an operator. */
function start(): Promise<AppCore> {
  return createAppCore({
    socketPath: helper.socketPath,
    trustPath: true,
    dataDirectory,
    origin: 'app://rayfish',
    platform: 'linux',
    electronVersion: '45',
    loginItem: { isEnabled: () => Promise.resolve(false), enable: () => Promise.resolve() },
    installer: {
      installed: () => true,
      prepareStart: () =>
        Promise.resolve({ command: 'true', terminalCommand: 'sudo true', dispose: () => Promise.resolve() }),
    },
    askAdministrator: () => {
      helper.level = 'operator';
      return Promise.resolve({ kind: 'done' });
    },
    desktop: { copyText: () => undefined, openPage: () => undefined, quit: () => undefined },
  });
}

function becomes(expected: Partial<AppState>): Promise<void> {
  return vi.waitFor(() => {
    expect(core.model.state).toMatchObject(expected);
  });
}

describe('the app without its desktop', () => {
  it('has one state of helper, settings and versions', async () => {
    await becomes({ link: { kind: 'connected', level: 'anyone' }, status: status() });
    expect(core.model.state).toMatchObject({
      service: { kind: 'none' },
      settings: { theme: 'system' },
      versions: { helper: '0.1.0', electron: '45' },
    });
  });

  it('keeps what was last known while the helper is away', async () => {
    await becomes({ link: { kind: 'connected', level: 'anyone' } });
    await helper.hangUp();

    await becomes({ link: { kind: 'stopped' }, status: status() });
  });

  it('has the new permission as soon as the administrator agreed', async () => {
    await becomes({ link: { kind: 'connected', level: 'anyone' } });
    const tasks: ServiceTask['kind'][] = [];
    core.model.onChange(({ service }) => tasks.push(service.kind));
    await core.handlers.act(page, 'start-service', {});

    await becomes({ link: { kind: 'connected', level: 'operator' }, service: { kind: 'none' } });
    expect(tasks[0]).toBe('running');
  });

  it('remembers settings', async () => {
    await core.handlers.act(page, 'set-app-setting', { theme: 'light', welcomed: true });
    core.helper.stop();
    core = await start();

    expect(core.model.state.settings).toMatchObject({ theme: 'light', welcomed: true });
  });
});
