import { describe, expect, it } from 'vitest';
import { CommandMissing, type Runner } from '../helper/network/runner.js';
import { serviceLayout } from './layout.js';
import { manage, managerSteps, serviceRun, type ManagerTask } from './manager.js';

const linux = serviceLayout('linux');
const darwin = serviceLayout('darwin');

describe('what the service manager is told', () => {
  it.each<[ManagerTask, string[]]>([
    ['enable', ['daemon-reload', 'enable', 'reset-failed?', 'restart']],
    ['start', ['reset-failed?', 'start']],
    ['stop', ['stop']],
    ['disable', ['disable']],
    ['forget', ['daemon-reload', 'reset-failed?']],
  ])('systemd: %s', (task, verbs) => {
    const steps = managerSteps(task, linux);
    expect(steps.map(({ argv, mayFail }) => `${argv[1] ?? ''}${mayFail ? '?' : ''}`)).toEqual(verbs);
    for (const { argv } of steps) expect(argv[0]).toBe('systemctl');
  });

  it.each<[ManagerTask, string[]]>([
    [
      'enable',
      [
        'launchctl bootout system/org.rayfish.desktop.helper?',
        'launchctl enable system/org.rayfish.desktop.helper',
        'launchctl bootstrap system /Library/LaunchDaemons/org.rayfish.desktop.helper.plist',
      ],
    ],
    [
      'start',
      [
        'launchctl bootstrap system /Library/LaunchDaemons/org.rayfish.desktop.helper.plist?',
        'launchctl kickstart system/org.rayfish.desktop.helper',
      ],
    ],
    ['stop', ['launchctl bootout system/org.rayfish.desktop.helper?']],
    [
      'disable',
      ['launchctl bootout system/org.rayfish.desktop.helper?', 'launchctl disable system/org.rayfish.desktop.helper'],
    ],
    ['forget', []],
  ])('launchd: %s', (task, steps) => {
    expect(managerSteps(task, darwin).map(({ argv, mayFail }) => argv.join(' ') + (mayFail ? '?' : ''))).toEqual(steps);
  });
});

describe('what it answers', () => {
  const saying = (stdout: string, code = 0): Runner => ({
    run: () => Promise.resolve({ code, stdout, stderr: code === 0 ? '' : 'No such\nunit.' }),
    follow: () => {
      throw new Error('unused');
    },
  });

  it.each([
    ['active', 'running', 3, 'running'],
    ['reloading', 'reload', 0, 'running'],
    ['activating', 'start', 0, 'starting'],
    ['activating', 'start', 1, 'failing'],
    ['activating', 'auto-restart', 0, 'failing'],
    ['failed', 'failed', 0, 'failing'],
    ['deactivating', 'stop-sigterm', 0, 'stopping'],
    ['inactive', 'dead', 0, 'stopped'],
  ])('systemd: %s (%s) after %i restarts is %s', async (active, sub, restarts, state) => {
    const says = `ActiveState=${active}\nSubState=${sub}\nUnitFileState=disabled\nNRestarts=${restarts}\n`;
    expect(await serviceRun(saying(says), 'linux')).toEqual({ state, restarted: restarts > 0, atBoot: false });
  });

  it('systemd: runs at boot where it is enabled for good', async () => {
    const says = 'ActiveState=failed\nSubState=failed\nUnitFileState=';
    expect((await serviceRun(saying(`${says}enabled\n`), 'linux')).atBoot).toBe(true);
    expect((await serviceRun(saying(`${says}enabled-runtime\n`), 'linux')).atBoot).toBe(false);
    for (const code of [0, 1]) {
      await expect(serviceRun(saying('', code), 'linux')).rejects.toMatchObject({ code: 'service-unsupported' });
    }
  });

  it.each([
    ['\tstate = running\n\tlast exit code = 1\n', 'running'],
    ['\tstate = not running\n\tlast exit code = 0\n', 'stopped'],
    ['\tstate = spawn scheduled\n\tlast exit code = (never exited)\n', 'starting'],
    ['\tstate = spawn scheduled\n\tlast exit code = 78: EX_CONFIG\n', 'failing'],
  ])('launchd: %j is %s', async (job, state) => {
    expect((await serviceRun(saying(`system/x = {\n${job}}`), 'darwin')).state).toBe(state);
  });

  it('launchd: one stopped until the next boot is not loaded, and runs then unless it is disabled', async () => {
    const unloaded = (disabled: string): Runner => ({
      ...saying(''),
      run: (_command, [verb]) =>
        Promise.resolve(
          verb === 'print'
            ? { code: 113, stdout: '', stderr: 'Could not find service' }
            : {
                code: 0,
                stdout: `disabled services = {\n\t"org.rayfish.desktop.helper" => ${disabled}\n}`,
                stderr: '',
              },
        ),
    });
    expect(await serviceRun(unloaded('enabled'), 'darwin')).toMatchObject({ state: 'stopped', atBoot: true });
    expect(await serviceRun(unloaded('disabled'), 'darwin')).toMatchObject({ state: 'stopped', atBoot: false });
    expect(await serviceRun(unloaded('true'), 'darwin')).toMatchObject({ state: 'stopped', atBoot: false });
  });

  it('passes on what the manager complained about, and says where there is none', async () => {
    await expect(manage(saying('', 1), 'stop', linux)).rejects.toMatchObject({
      code: 'service-failed',
      message: expect.stringContaining('systemctl stop rayfish-desktop.service: No such unit.') as string,
    });
    const none: Runner = { ...saying(''), run: (command) => Promise.reject(new CommandMissing(command)) };
    await expect(manage(none, 'start', linux)).rejects.toMatchObject({ code: 'service-unsupported' });
  });
});
