/** `service`: Rayfish in the background, from every boot on, and who may use it. */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { Failure } from '../shared/errors.js';
import type { Service, ServiceStatus } from '../service/service.js';
import { logCommand } from '../service/layout.js';
import type { User } from '../service/users.js';
import { examples, type Cli } from './cli.js';
import { addOperatorCommands } from './service-operator.js';

export function addServiceCommands(program: Command, cli: Cli): void {
  const service = program.command('service').description('Rayfish in the background, from every boot on');
  examples(
    service
      .command('install')
      .description('install or upgrade it, and start it')
      .addHelpText('after', '\nWho installs it may use it without sudo from then on.')
      .action(() => install(cli)),
    ['rayfish service install', 'asks for your password'],
  );
  examples(
    service
      .command('uninstall')
      .description('stop it and remove all of it')
      .option('--purge', 'delete this device’s identity, peers and settings too')
      .option('--keep-identity', 'keep them for a later installation')
      .action((flags: UninstallFlags) => uninstall(cli, flags)),
    ['sudo rayfish service uninstall', 'asks what becomes of the identity'],
  );
  service
    .command('start')
    .description('start it')
    .action(async () => {
      await (await asRoot(cli)).start();
      cli.print({ state: 'running' }, () => 'The background service is running.');
    });
  service
    .command('stop')
    .description('stop it until the next boot')
    .action(async () => {
      await (await asRoot(cli)).stop();
      cli.print({ state: 'stopped' }, () => 'The background service is stopped until the next boot.');
    });
  service
    .command('status')
    .description('whether it is installed and running')
    .action(async () => {
      const status = await (await open(cli)).status();
      cli.print(status, () => statusText(status));
    });
  addOperatorCommands(service, cli, { open: () => asRoot(cli) });
}

interface UninstallFlags {
  purge?: true;
  keepIdentity?: true;
}

async function install(cli: Cli): Promise<void> {
  if (cli.io.root) {
    const { operator } = await (await open(cli)).install();
    cli.print({ operator }, () => installedText(operator));
    return;
  }
  // Root must not run what this user could change meanwhile: the same command the app has an administrator allow.
  const { prepareInstallation } = await import('../service/installer.js');
  const { ownBundle } = await import('../service/bundle.js');
  const bundle = ownBundle(import.meta.url);
  if (bundle === null) throw new Failure('service-failed', 'The service is not built here: npm run build:service');
  // Ctrl-C is for sudo to answer; what was prepared is removed all the same.
  cli.io.interrupted();
  const prepared = await prepareInstallation(bundle);
  let code: number | null;
  try {
    code = await underSudo(prepared.command, cli.json);
  } finally {
    await prepared.dispose();
  }
  if (code !== 0) cli.exitCode = 1;
  else if (cli.json) cli.print(await (await open(cli)).status(), () => '');
}

/** @param silent nothing but complaints. @returns the exit code of it or of sudo, null after a signal */
async function underSudo(command: string, silent: boolean): Promise<number | null> {
  const child = spawn('sudo', ['/bin/sh', '-c', command], {
    stdio: ['inherit', silent ? 'ignore' : 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new Failure('not-root', 'Rayfish cannot ask for your password here: there is no sudo.', { cause: error }));
    });
    child.once('exit', resolve);
  });
}

async function uninstall(cli: Cli, { purge, keepIdentity }: UninstallFlags): Promise<void> {
  if (purge && keepIdentity) throw new Failure('usage', 'Either --purge or --keep-identity.');
  const service = await asRoot(cli);
  const { installed } = await service.status();
  if (installed === 'no') throw new Failure('service-missing', 'The background service is not installed.');
  const keep = !purge && (keepIdentity === true || !(await wantsPurge(cli)));
  const { packageLeft } = await service.uninstall(keep);
  cli.print({ identityKept: keep, packageLeft }, () => {
    const lines = [
      'The background service is removed.',
      keep
        ? 'This device’s identity, peers and settings are kept for a later installation.'
        : 'This device’s identity, peers and settings are deleted.',
    ];
    if (packageLeft)
      lines.push('Its files came with the package rayfish-desktop: remove that with your package manager.');
    return lines.join('\n');
  });
}

/** An identity cannot be had again: without a clear yes it stays. */
async function wantsPurge(cli: Cli): Promise<boolean> {
  if (!cli.io.interactive || cli.json) return false;
  const answer = await cli.io.ask(
    'Delete this device’s identity, peers and settings too? Peers would have to add it anew. [y/N] ',
  );
  return /^y(es)?$/i.test(answer.trim());
}

async function asRoot(cli: Cli): Promise<Service> {
  if (!cli.io.root) throw new Failure('not-root', 'The background service belongs to root.');
  return open(cli);
}

async function open(cli: Cli): Promise<Service> {
  // Loaded only here: no other command needs it.
  const { thisMachine } = await import('../service/service.js');
  return thisMachine(async () => {
    try {
      (await cli.connect()).close();
      return true;
    } catch {
      return false;
    }
  });
}

function installedText(operator: User | null): string {
  const who = operator === null ? '' : ` ${operator.name} may use it without sudo.`;
  return `The background service is installed and running.${who}`;
}

function statusText({ installed, version, state, atBoot }: ServiceStatus): string {
  if (installed === 'no') return 'The background service is not installed. Install it with: rayfish service install';
  const brought = installed === 'package' ? ', from a package' : '';
  const boot = atBoot ? 'It starts at every boot.' : 'It does not start at boot.';
  const words = state === 'failing' ? 'does not stay running' : `is ${state}`;
  const line = `The background service ${words} (version ${version ?? 'unknown'}${brought}). ${boot}`;
  const advice = adviceFor(state, atBoot);
  return advice === null ? line : `${line}\n${advice}`;
}

function adviceFor(state: ServiceStatus['state'], atBoot: boolean): string | null {
  if (state === 'failing') return `What it says: ${logCommand()}`;
  if (!atBoot) return 'Have it run now and at every boot with: rayfish service install';
  return state === 'stopped' ? 'Start it with: sudo rayfish service start' : null;
}
