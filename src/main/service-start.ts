/** "Start the background service": one administrator prompt, and where that stands. */
import type { ServiceTask } from '../shared/app-contract.js';
import { toFailure } from '../shared/errors.js';

/** What has to be run as the administrator, fixed before anybody is asked. */
export interface PreparedStart {
  /** For /bin/sh, run once as root. */
  command: string;
  /** What does the same in a terminal where nobody can ask, without anything laid ready. */
  terminalCommand: string;
  /** Removes what was laid ready for it. */
  dispose: () => Promise<void>;
}

export interface ServiceInstaller {
  installed(): boolean;
  /** Installs, starts or adds this user as operator, whichever is missing. */
  prepareStart(): Promise<PreparedStart>;
}

export type AdministratorAnswer =
  | { kind: 'done' }
  | { kind: 'refused' }
  /** Nobody here can ask for the administrator. */
  | { kind: 'impossible' }
  | { kind: 'failed'; output: string };

/** Asks for the administrator and runs the command; never rejects. */
export type AskAdministrator = (command: string) => Promise<AdministratorAnswer>;

export class ServiceStart {
  #running = false;

  constructor(
    private readonly installer: ServiceInstaller,
    private readonly ask: AskAdministrator,
    private readonly onTask: (task: ServiceTask) => void,
    /** It runs: dial it, as whoever we are to it now. */
    private readonly onDone: () => void,
  ) {}

  /** Resolves when it is done one way or the other. While one is under way nothing happens. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.onTask({ kind: 'running' });
    const task = await this.#attempt();
    this.#running = false;
    this.onTask(task);
    if (task.kind === 'none') this.onDone();
  }

  async #attempt(): Promise<ServiceTask> {
    try {
      const prepared = await this.installer.prepareStart();
      try {
        return taskAfter(await this.ask(prepared.command), prepared.terminalCommand);
      } finally {
        await prepared.dispose();
      }
    } catch (thrown) {
      return { kind: 'failed', message: toFailure(thrown).message };
    }
  }
}

function taskAfter(answer: AdministratorAnswer, terminalCommand: string): ServiceTask {
  switch (answer.kind) {
    case 'done':
      return { kind: 'none' };
    case 'refused':
      return { kind: 'refused' };
    case 'impossible':
      return { kind: 'impossible', command: terminalCommand };
    case 'failed':
      return { kind: 'failed', message: lastLine(answer.output) };
  }
}

/** The installer's last words are its reason. */
function lastLine(output: string): string {
  const line = output.trim().split('\n').at(-1)?.trim() ?? '';
  return line === ''
    ? 'The background service couldn’t be started, and the system gave no reason.'
    : line.slice(0, 500);
}
