/** What the service manager of each platform is told, as data, and what it says. */
import { CommandMissing, type Runner } from '../helper/network/runner.js';
import { Failure } from '../shared/errors.js';
import { serviceNames, type ServiceLayout, type ServicePlatform } from './layout.js';

export interface ManagerStep {
  argv: readonly [program: string, ...args: string[]];
  /** Failing is no failure: what it undoes was not there. */
  mayFail?: true;
}

export type ManagerTask =
  /** Load the definition as it is now, run it at every boot, and (re)start it. */
  | 'enable'
  | 'start'
  | 'stop'
  /** Stop, and do not run at boot. */
  | 'disable'
  /** Forget a definition whose file is gone. */
  | 'forget';

/** `failing`: it ended with an error, and is tried again or not any more. */
export type RunState = 'running' | 'starting' | 'stopping' | 'stopped' | 'failing';

export interface ServiceRun {
  state: RunState;
  /** It had ended with an error before: one that has just started again may do so anew. */
  restarted: boolean;
  /** Runs at every boot. */
  atBoot: boolean;
}

/** The steps of a task, in order. */
export function managerSteps(
  task: ManagerTask,
  { platform, definition }: Pick<ServiceLayout, 'platform' | 'definition'>,
): ManagerStep[] {
  return platform === 'linux' ? systemdSteps(task) : launchdSteps(task, definition);
}

/** Carries out a task. @throws Failure `service-unsupported` or `service-failed` */
export async function manage(runner: Runner, task: ManagerTask, layout: ServiceLayout): Promise<void> {
  for (const { argv, mayFail } of managerSteps(task, layout)) {
    const { code, stderr, stdout } = await call(runner, argv);
    if (code === 0 || mayFail === true) continue;
    const said = (stderr.trim() || stdout.trim()).replace(/\s+/g, ' ');
    throw new Failure('service-failed', `The background service could not be set up: ${argv.join(' ')}: ${said}`);
  }
}

/** Asks the manager; anybody may. @throws Failure `service-unsupported` where it does not answer */
export async function serviceRun(runner: Runner, platform: ServicePlatform): Promise<ServiceRun> {
  const { manager } = serviceNames[platform];
  if (platform === 'darwin') {
    const [job, disabled] = [
      await call(runner, ['launchctl', 'print', `system/${manager}`]),
      await call(runner, ['launchctl', 'print-disabled', 'system']),
    ];
    // Newer systems say `disabled`, older ones `true`.
    const isDisabled = new RegExp(`"${manager}" => (disabled|true)`).test(disabled.stdout);
    const state = job.code === 0 ? launchdState(job.stdout) : 'stopped';
    return { state, restarted: hasFailed(job.stdout), atBoot: !isDisabled };
  }
  const show = await call(runner, [
    'systemctl',
    'show',
    '--property=ActiveState,SubState,UnitFileState,NRestarts',
    manager,
  ]);
  const says = (property: string): string | undefined => new RegExp(`^${property}=(.+)$`, 'm').exec(show.stdout)?.[1];
  const active = says('ActiveState');
  // In a changed root it answers nothing, and calls that a success.
  if (show.code !== 0 || active === undefined) {
    throw new Failure(
      'service-unsupported',
      'This device was not started by systemd, so Rayfish cannot be its service. Start it at boot your own way: rayfish helper',
    );
  }
  const restarted = says('NRestarts') !== '0';
  return {
    state: systemdState(active, says('SubState'), restarted),
    restarted,
    atBoot: says('UnitFileState') === 'enabled',
  };
}

function systemdState(active: string, sub: string | undefined, restarted: boolean): RunState {
  if (active === 'active' || active === 'reloading') return 'running';
  if (active === 'failed' || sub?.startsWith('auto-restart') === true) return 'failing';
  if (active === 'activating') return restarted ? 'failing' : 'starting';
  return active === 'deactivating' ? 'stopping' : 'stopped';
}

function launchdState(job: string): RunState {
  const state = /^\s*state = (.*)$/m.exec(job)?.[1];
  if (state === 'running') return 'running';
  return hasFailed(job) ? 'failing' : state === 'spawn scheduled' ? 'starting' : 'stopped';
}

function hasFailed(job: string): boolean {
  return /^\s*last exit code = (?!0\b|\(never)/m.test(job);
}

function systemdSteps(task: ManagerTask): ManagerStep[] {
  const { manager: unit } = serviceNames.linux;
  switch (task) {
    case 'enable':
      return [
        { argv: ['systemctl', 'daemon-reload'] },
        { argv: ['systemctl', 'enable', unit] },
        // A unit that failed too often would not start again.
        { argv: ['systemctl', 'reset-failed', unit], mayFail: true },
        { argv: ['systemctl', 'restart', unit] },
      ];
    case 'start':
      return [{ argv: ['systemctl', 'reset-failed', unit], mayFail: true }, { argv: ['systemctl', 'start', unit] }];
    case 'stop':
      return [{ argv: ['systemctl', 'stop', unit] }];
    case 'disable':
      return [{ argv: ['systemctl', 'disable', '--now', unit] }];
    case 'forget':
      return [{ argv: ['systemctl', 'daemon-reload'] }, { argv: ['systemctl', 'reset-failed', unit], mayFail: true }];
  }
}

function launchdSteps(task: ManagerTask, plist: string): ManagerStep[] {
  const target = `system/${serviceNames.darwin.manager}`;
  switch (task) {
    case 'enable':
      return [
        { argv: ['launchctl', 'bootout', target], mayFail: true },
        { argv: ['launchctl', 'enable', target] },
        { argv: ['launchctl', 'bootstrap', 'system', plist] },
      ];
    case 'start':
      return [
        // It fails where the job is loaded already; then the kick starts it.
        { argv: ['launchctl', 'bootstrap', 'system', plist], mayFail: true },
        { argv: ['launchctl', 'kickstart', target] },
      ];
    case 'stop':
      return [{ argv: ['launchctl', 'bootout', target], mayFail: true }];
    case 'disable':
      return [{ argv: ['launchctl', 'bootout', target], mayFail: true }, { argv: ['launchctl', 'disable', target] }];
    case 'forget':
      return [];
  }
}

async function call(runner: Runner, [program, ...args]: ManagerStep['argv']): ReturnType<Runner['run']> {
  try {
    return await runner.run(program, args);
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error;
    throw new Failure(
      'service-unsupported',
      `This device has no ${program}, so Rayfish cannot install itself as a service. Start it at boot your own way: rayfish helper`,
      { cause: error },
    );
  }
}
