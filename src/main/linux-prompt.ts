/** The administrator prompt of Linux desktops: polkit's, found by @vscode/sudo-prompt. */
import { exec } from '@vscode/sudo-prompt';
import type { AdministratorAnswer, AskAdministrator } from './service-start.js';

/** For Linux. */
export const askByPolkit: AskAdministrator = (command) =>
  new Promise((resolve) => {
    exec(command, { name: 'Rayfish' }, (error, stdout, stderr) => {
      resolve(error instanceof Error ? answerTo(error, `${text(stdout)}\n${text(stderr)}`) : { kind: 'done' });
    });
  });

/** What sudo-prompt's errors mean; its own sentences are all it tells them apart by. */
export function answerTo(error: Error, output: string): AdministratorAnswer {
  if (error.message === 'User did not grant permission.') return { kind: 'refused' };
  const nobodyToAsk = /^(No polkit authentication agent found\.|Unable to find pkexec or kdesudo\.)$/;
  if (nobodyToAsk.test(error.message)) return { kind: 'impossible' };
  return { kind: 'failed', output };
}

function text(output: string | Buffer | undefined): string {
  return output?.toString() ?? '';
}
