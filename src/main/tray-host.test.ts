import { describe, expect, it } from 'vitest';
import { awaitTrayHost, hasTrayHost } from './tray-host.js';

function answering(answers: Partial<Record<string, string>>) {
  return (program: string) => Promise.resolve(answers[program] ?? null);
}

describe('tray host', () => {
  it.each([
    [{ busctl: 'b true\n' }, true],
    [{ busctl: 'b false\n' }, false],
    [{ gdbus: '(<true>,)\n' }, true],
    [{ gdbus: '(<false>,)\n' }, false],
    [{ 'dbus-send': 'method return\n   variant       boolean true\n' }, true],
    [{}, false],
  ])('as told by %j: %s', async (answers, expected) => {
    expect(await hasTrayHost(answering(answers))).toBe(expected);
  });

  it('may come after us', async () => {
    let asked = 0;
    const late = (program: string) => Promise.resolve(program === 'busctl' ? `b ${String(++asked > 1)}` : null);

    expect(await awaitTrayHost(5000, late)).toBe(true);
  });

  it('is not waited for for ever', async () => {
    expect(await awaitTrayHost(0, answering({}))).toBe(false);
  });
});
