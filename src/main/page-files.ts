/** The window's files, served under our own scheme: this directory, these types, this policy, and nothing else. */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

export interface PageFile {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Scheme and host of the window's page. */
export const pageOrigin = 'app://rayfish';

/** Code, style and pictures of our own and nothing inline; the bridge is the only way out. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const types: Partial<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** The file a URL of ours names, or 404. */
export async function pageFile(url: string, directory: string): Promise<PageFile> {
  const path = URL.canParse(url) ? filePath(new URL(url), directory) : null;
  const type = path === null ? undefined : types[extname(path)];
  if (path === null || type === undefined) return missing;
  const body = await readFile(path).catch(() => null);
  if (body === null) return missing;
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
    body,
  };
}

function filePath({ host, pathname }: URL, directory: string): string | null {
  if (host !== 'rayfish') return null;
  try {
    const inside = decodeURIComponent(pathname === '/' ? '/index.html' : pathname);
    const path = normalize(join(directory, inside));
    return path.startsWith(directory + sep) && !path.includes('\0') ? path : null;
  } catch {
    return null;
  }
}

const missing: PageFile = { status: 404, headers: { 'content-type': 'text/plain' }, body: Buffer.alloc(0) };
