import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { StateFile, readOrSetAside, type SetAside } from './state-file.js';

let directory: string;
let path: string;
let file: StateFile<{ names: string[] }>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-state-'));
  path = join(directory, 'names.json');
  file = new StateFile(path, z.object({ names: z.array(z.string()) }));
});

afterEach(() => {
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true });
});

describe('StateFile', () => {
  it('reads what it wrote, versioned and for root alone', () => {
    file.write({ names: ['bob'] });
    expect(file.read()).toEqual({ kind: 'read', value: { names: ['bob'] } });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ version: 1, names: ['bob'] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is missing before the first write', () => {
    expect(file.read()).toEqual({ kind: 'missing' });
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"version":1,"names":["b'],
    ['of another shape', '{"version":1,"names":"bob"}'],
    ['of a later version', '{"version":2,"names":[]}'],
    ['not an object', '[]'],
  ])('is unreadable when %s', (_, content) => {
    writeFileSync(path, content);
    expect(file.read()).toMatchObject({ kind: 'unreadable' });
  });

  it('is unreadable when it is a directory', () => {
    mkdirSync(path);
    expect(file.read()).toMatchObject({ kind: 'unreadable' });
  });

  it('keeps the previous content and leaves no remains where it cannot write', () => {
    file.write({ names: ['bob'] });
    // A directory in the way of the rename fails for root too, unlike permissions.
    const blocked = new StateFile(join(directory, 'taken'), z.object({ names: z.array(z.string()) }));
    mkdirSync(join(blocked.path, 'full'), { recursive: true });
    expect(() => {
      blocked.write({ names: [] });
    }).toThrow(expect.objectContaining({ code: 'state-unwritable' }));
    expect(readdirSync(directory).sort()).toEqual(['names.json', 'taken']);
    expect(existsSync(join(blocked.path, 'full'))).toBe(true);
  });

  it('says so where the directory is gone', () => {
    const gone = new StateFile(join(directory, 'gone', 'x.json'), z.object({}));
    expect(() => {
      gone.write({});
    }).toThrow(expect.objectContaining({ code: 'state-unwritable' }));
  });
});

describe('readOrSetAside', () => {
  it('sets an unreadable file aside, whole, and reports it once', () => {
    writeFileSync(path, 'not json');
    const reports: SetAside[] = [];
    const report = (aside: SetAside): void => void reports.push(aside);

    expect(readOrSetAside(file, { names: [] }, report)).toEqual({ names: [] });
    expect(readOrSetAside(file, { names: [] }, report)).toEqual({ names: [] });

    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ file: 'names.json' });
    expect(reports[0]?.movedTo).toMatch(/names\.json\.unreadable-/);
    expect(readFileSync(reports[0]?.movedTo ?? '', 'utf8')).toBe('not json');
    expect(existsSync(path)).toBe(false);
  });
});
