import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Warning } from '../shared/status.js';
import { Warnings } from './warnings.js';

const mdns: Warning = { code: 'mdns-unavailable', message: 'No mDNS.', sticky: false };
const port: Warning = { code: 'port-taken', message: 'Port taken.', sticky: false };

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-warnings-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('Warnings', () => {
  it('of one source leave those of another alone', () => {
    const warnings = new Warnings(directory);
    warnings.replace('lan', [mdns]);
    warnings.replace('endpoint', [port]);
    warnings.replace('lan', []);
    expect(warnings.all()).toEqual([port]);
  });

  it('are told of when they change, and only then', () => {
    const onChange = vi.fn();
    const warnings = new Warnings(directory);
    warnings.onChange = onChange;
    warnings.replace('lan', []);
    warnings.replace('lan', [mdns]);
    warnings.replace('lan', [{ ...mdns }]);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('that are sticky stay over restarts until dismissed', () => {
    new Warnings(directory).stick({ code: 'peers-unreadable', message: 'Set aside.' });
    const later = new Warnings(directory);
    expect(later.all()).toEqual([{ code: 'peers-unreadable', message: 'Set aside.', sticky: true }]);
    later.dismiss('port-taken');
    expect(later.all()).toHaveLength(1);
    later.dismiss('peers-unreadable');
    expect(later.all()).toEqual([]);
    expect(new Warnings(directory).all()).toEqual([]);
  });
});
