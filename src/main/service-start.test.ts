import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceTask } from '../shared/app-contract.js';
import { Failure } from '../shared/errors.js';
import { ServiceStart, type AdministratorAnswer, type ServiceInstaller } from './service-start.js';

let tasks: ServiceTask[];
let events: string[];

beforeEach(() => {
  tasks = [];
  events = [];
});

const installer: ServiceInstaller = {
  installed: () => false,
  prepareStart: () =>
    Promise.resolve({
      command: 'install',
      terminalCommand: 'sudo install',
      dispose: () => {
        events.push('disposed');
        return Promise.resolve();
      },
    }),
};

function start(answer: AdministratorAnswer, with_: ServiceInstaller = installer): ServiceStart {
  return new ServiceStart(
    with_,
    (command) => {
      events.push(`asked ${command}`);
      return Promise.resolve(answer);
    },
    (task) => tasks.push(task),
    () => events.push('dialled'),
  );
}

describe('starting the background service', () => {
  it('asks once, cleans up, and dials', async () => {
    await start({ kind: 'done' }).run();

    expect(tasks).toEqual([{ kind: 'running' }, { kind: 'none' }]);
    expect(events).toEqual(['asked install', 'disposed', 'dialled']);
  });

  it('does not ask twice at a time', async () => {
    const starting = start({ kind: 'done' });
    await Promise.all([starting.run(), starting.run()]);

    expect(events.filter((event) => event.startsWith('asked'))).toHaveLength(1);
  });

  it('can be tried again after a refusal', async () => {
    const starting = start({ kind: 'refused' });
    await starting.run();
    await starting.run();

    expect(tasks.map(({ kind }) => kind)).toEqual(['running', 'refused', 'running', 'refused']);
    expect(events).not.toContain('dialled');
  });

  it('offers a command for a terminal where nobody can ask, and leaves nothing lying about', async () => {
    await start({ kind: 'impossible' }).run();

    expect(tasks.at(-1)).toEqual({ kind: 'impossible', command: 'sudo install' });
    expect(events).toContain('disposed');
  });

  it('says the installer’s last words where it failed', async () => {
    await start({ kind: 'failed', output: 'Copying\nThe files were changed after the app had prepared them.\n' }).run();

    expect(tasks.at(-1)).toEqual({
      kind: 'failed',
      message: 'The files were changed after the app had prepared them.',
    });
  });

  it('says why nothing could be prepared', async () => {
    const broken = { ...installer, prepareStart: () => Promise.reject(new Failure('internal', 'The bundle is gone.')) };
    await start({ kind: 'done' }, broken).run();

    expect(tasks.at(-1)).toEqual({ kind: 'failed', message: 'The bundle is gone.' });
  });
});
