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

  it('tells running from enabled', async () => {
    expect(await serviceRun(saying('ActiveState=active\nUnitFileState=disabled\n'), 'linux')).toEqual({
      running: true,
      atBoot: false,
    });
    expect(await serviceRun(saying('ActiveState=failed\nUnitFileState=enabled\n'), 'linux')).toEqual({
      running: false,
      atBoot: true,
    });
    expect(await serviceRun(saying('system/x = {\n\tstate = running\n}'), 'darwin')).toEqual({
      running: true,
      atBoot: true,
    });
    expect(await serviceRun(saying('', 113), 'darwin')).toEqual({ running: false, atBoot: false });
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
