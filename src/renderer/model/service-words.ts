/** Where installing or starting the background service stands, in words. */
import type { ServiceTask } from '../../shared/app-contract.js';

export interface ServiceWords {
  text: string;
  /** To be copied into a terminal, where that is the only way. */
  command: string | null;
  /** The prompt is open: asking twice would open two. */
  busy: boolean;
  bad: boolean;
}

/** @returns null where nothing was tried. */
export function serviceWords(task: ServiceTask): ServiceWords | null {
  const calm = { command: null, busy: false, bad: false };
  switch (task.kind) {
    case 'none':
      return null;
    case 'running':
      return {
        ...calm,
        busy: true,
        text: 'Waiting for the administrator’s password. A window of your system asks for it.',
      };
    case 'refused':
      return { ...calm, bad: true, text: 'Nothing was changed: the administrator prompt was closed or refused.' };
    case 'impossible':
      return {
        ...calm,
        command: task.command,
        text: 'This system has no way to ask for the administrator here. Run this in a terminal instead; this window goes on by itself.',
      };
    case 'failed':
      return { ...calm, bad: true, text: `It did not work. ${task.message}` };
  }
}
