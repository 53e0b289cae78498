/** Small view models. */
import { describe, expect, it } from 'vitest';
import { copiedCharacters } from '../../shared/app-contract.js';
import type { LogLine } from '../../shared/ipc-contract.js';
import { people, sampleLog, sampleState } from '../gallery/samples.test-support.js';
import { claimedWords, groupedId, middleTruncated } from './display-name.js';
import { dropCounts } from './drop-words.js';
import { idPhrase } from './id-phrase.js';
import { orderedPeers } from './peer-order.js';
import { redacted } from './redact.js';
import { serviceWords } from './service-words.js';
import { reportText } from './report.js';
import { warningView } from './warning-words.js';
import { welcomeStep } from './welcome-step.js';

const { bob, crowd, everybody } = people;

describe('peers', () => {
  it('are ordered by who is there, then by name', () => {
    const states = orderedPeers(everybody, '').map(({ state }) => state);
    expect(states.slice(0, 3)).toEqual(['connected', 'connected', 'connected']);
    expect(states.at(-1)).toBe('blocked');
  });

  it.each([
    ['name', ' THINKPAD '],
    ['ID', bob.id.slice(10, 30)],
    ['IPv4 address', bob.ipv4 ?? ''],
    ['IPv6 address', bob.ipv6.slice(0, 18)],
  ])('are found by %s', (_, search) => {
    expect(orderedPeers([...crowd(50), bob], search)).toEqual([bob]);
  });
});

describe('idPhrase', () => {
  it('is four words of five letters, always the same and of every ID another', () => {
    expect(idPhrase(bob.id)).toMatch(/^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]( |$)){4}$/);
    expect(idPhrase(bob.id)).toBe(idPhrase(bob.id));
    expect(new Set(crowd(200).map(({ id }) => idPhrase(id))).size).toBe(200);
  });
});

describe('names and IDs', () => {
  it('quotes what a stranger claims', () => {
    expect(claimedWords('bob')).toBe('A device calling itself ‘bob’');
    expect(claimedWords('\u202e\u200b')).toBe('A device without a name');
  });

  it('shows both ends of an ID, or all of it in groups', () => {
    expect(middleTruncated(bob.id)).toMatch(/^.{6}….{6}$/);
    expect(groupedId(bob.id).join('')).toBe(bob.id);
  });
});

describe('dropCounts', () => {
  it('are words, most frequent first, without what never happened', () => {
    expect(dropCounts({ 'not-ip': 2, 'gate-closed': 9, oversized: 0, novel: 1 }).map(({ words }) => words)).toEqual([
      'While Rayfish was off',
      'Not IP at all',
      'novel',
    ]);
  });
});

describe('redacted', () => {
  it('takes IDs, addresses, names and home directories out and leaves the rest', () => {
    const line = `12:30:59 ‘Bob’ (${bob.id}) at 203.0.113.24:45820 and [${bob.ipv6}]:1 reads /home/ada/x`;
    expect(redacted(line)).toBe(
      `12:30:59 ‘…’ (${bob.id.slice(0, 4)}…) at [IPv4]:45820 and [[IPv6]]:1 reads /home/[user]/x`,
    );
  });
});

describe('reportText', () => {
  const message = (text: string): LogLine => ({ at: '2026-03-14T15:09:26.000Z', level: 'info', message: text });
  const gone = `"Nobody’s \\" box" (${'ab'.repeat(32)}) was removed.`;
  const log = [...sampleLog, message(gone), message('"Nobody’s" is connected (relay).'), message('Its nas-cellars.')];

  it('names versions, state and counts', () => {
    const report = reportText(sampleState, log);
    expect(report).toMatch(
      /^Rayfish 0\.1\.0, service 0\.1\.0, Electron 45\.4\.1, linux\nService: connected as operator; online\n/,
    );
    expect(report).toContain('Peers: 2 direct, 1 relay, 1 paused');
    expect(report).toContain('Tunnel device rayfish0 is there');
  });

  it('names nobody, neither peers nor those that are no longer', () => {
    const report = reportText(sampleState, log);
    for (const secret of [
      ...everybody.flatMap(({ id, name }) => [id, name]),
      'Nobody’s',
      'box',
      'ada-laptop',
      '203.0.113.24',
    ]) {
      expect(report.replaceAll('nas-cellars', ''), secret).not.toContain(secret);
    }
    expect(report).toContain('Its nas-cellars.');
  });

  it('is as long as may be copied, and gives up the oldest lines', () => {
    const long = Array.from({ length: 5000 }, (_, index) => message(`line ${index}.`));
    const report = reportText(sampleState, long);
    expect(report).toHaveLength(copiedCharacters);
    expect(report).toMatch(/^Rayfish/);
    expect(report).toMatch(/line 4999\.$/);
  });
});

describe('serviceWords', () => {
  it('gives a command only where asking is impossible', () => {
    expect(serviceWords({ kind: 'impossible', command: 'do it' })?.command).toBe('do it');
    expect(serviceWords({ kind: 'refused' })).toMatchObject({ command: null, bad: true });
    expect(serviceWords({ kind: 'none' })).toBeNull();
  });
});

describe('warningView', () => {
  it('is calm about what works all the same, and lets sticky ones be put away', () => {
    expect(warningView({ code: 'cgnat-conflict', message: 'm', sticky: false })).toMatchObject({
      calm: true,
      dismissable: false,
    });
    expect(warningView({ code: 'peers-unreadable', message: 'm', sticky: true })).toMatchObject({
      calm: false,
      dismissable: true,
    });
  });
});

describe('welcomeStep', () => {
  const fresh = { ...sampleState, settings: { ...sampleState.settings, welcomed: false } };
  const empty = sampleState.status === null ? null : { ...sampleState.status, peers: [] };
  it.each([
    [{ ...fresh, link: { kind: 'not-installed' } as const, status: null }, false, 'service'],
    [{ ...fresh, link: { kind: 'stopped' } as const, status: null }, false, 'service'],
    [{ ...fresh, status: empty }, false, 'name'],
    [{ ...fresh, status: empty }, true, 'friend'],
    [fresh, true, 'friend'],
    [fresh, false, null],
    [{ ...fresh, status: empty, link: { kind: 'connected', level: 'anyone' } as const }, false, null],
    [sampleState, false, null],
  ])('leads through: %#', (app, named, step) => {
    expect(welcomeStep(app, named)).toBe(step);
  });
});
