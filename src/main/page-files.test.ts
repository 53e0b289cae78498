import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentSecurityPolicy, pageFile } from './page-files.js';

let directory: string;
let pages: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rayfish-pages-'));
  pages = join(directory, 'renderer');
  await mkdir(pages);
  await writeFile(join(pages, 'index.html'), '<!doctype html>');
  await writeFile(join(pages, 'secret.json'), '{}');
  await writeFile(join(directory, 'outside.js'), '');
});

afterEach(() => rm(directory, { recursive: true }));

describe('files of the window', () => {
  it.each(['app://rayfish/', 'app://rayfish/index.html', 'app://rayfish/index.html?x#settings'])(
    'serves %s with its type and the policy',
    async (url) => {
      const { status, headers, body } = await pageFile(url, pages);

      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
      });
      expect(body.toString()).toBe('<!doctype html>');
    },
  );

  it.each([
    'app://rayfish/../outside.js',
    'app://rayfish/%2e%2e/outside.js',
    'app://rayfish/..%2Foutside.js',
    'app://rayfish/%00.js',
    'app://rayfish/%zz.js',
    'app://rayfish/missing.js',
    'app://rayfish/secret.json',
    'app://elsewhere/index.html',
    'nonsense',
  ])('has nothing at %s', async (url) => {
    expect((await pageFile(url, pages)).status).toBe(404);
  });

  it('allows nothing that is not named', () => {
    expect(contentSecurityPolicy).toMatch(/^default-src 'none';/);
    expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/);
  });
});
