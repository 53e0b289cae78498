import { describe, expect, it } from 'vitest';
import { serviceLayout } from '../service/layout.js';
import { copyAndInstallCommand } from '../service/prompted-command.js';
import { answerOf, osascriptArguments } from './darwin-prompt.js';
import type { AdministratorAnswer } from './service-start.js';

describe('the prompt of macOS', () => {
  const archive = { path: '/tmp/rayfish-desktop-Ab12Cd/service.tar', size: 5, sha256: 'e'.repeat(64) };

  it('gets the command as one argument, after a script that never changes', () => {
    const command = copyAndInstallCommand(serviceLayout('darwin'), archive, '0123456789abcdef', 501);
    expect(osascriptArguments(command)).toEqual([
      '-e',
      'on run argv',
      '-e',
      'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges',
      '-e',
      'end run',
      command,
      'Rayfish wants to set up its background service.',
    ]);
    // osascript would take a first argument with a dash for an option.
    expect(command).not.toMatch(/^-/);
  });

  it.each<[string, string, AdministratorAnswer]>([
    ['a prompt that was closed', '0:91: execution error: User canceled. (-128)\n', { kind: 'refused' }],
    ['the same in German', '0:91: execution error: Abgebrochen. (-128)\n', { kind: 'refused' }],
    [
      'a wrong password',
      '0:91: execution error: The administrator user name or password was incorrect. (-60005)\n',
      { kind: 'refused' },
    ],
    ['nobody at the screen', '0:91: execution error: No user interaction allowed. (-1713)\n', { kind: 'impossible' }],
    ['no AppleScript', 'osascript: can’t open default scripting component.\n', { kind: 'impossible' }],
    ['no osascript', '', { kind: 'impossible' }],
    [
      'a command that failed, and said (-128)',
      '0:91: execution error: It said: (-128)\rThe files were changed. (1)\n',
      { kind: 'failed', output: 'It said: (-128)\nThe files were changed.' },
    ],
  ])('tells %s', (_what, stderr, answer) => {
    expect(answerOf(true, stderr)).toEqual(answer);
  });

  it('is content with a command that ended well', () => {
    expect(answerOf(false, '')).toEqual({ kind: 'done' });
  });
});
