import { describe, expect, it } from 'vitest';
import { answerTo } from './linux-prompt.js';
import type { AdministratorAnswer } from './service-start.js';

describe('answers of the prompt of Linux', () => {
  it.each<[string, AdministratorAnswer['kind']]>([
    ['User did not grant permission.', 'refused'],
    ['No polkit authentication agent found.', 'impossible'],
    ['Unable to find pkexec or kdesudo.', 'impossible'],
    ['Command failed: …', 'failed'],
  ])('%s', (message, kind) => {
    expect(answerTo(new Error(message), 'output').kind).toBe(kind);
  });
});
