/** What JavaScript has learned since 2020 and the app or its libraries use; for Electron 9, in main and in the page. */

function add(to: object, name: string, value: (...words: never[]) => unknown): void {
  if (!(name in to)) Object.defineProperty(to, name, { value, configurable: true, writable: true });
}

function at(this: ArrayLike<unknown>, index: number): unknown {
  return this[index < 0 ? this.length + index : index];
}

function canParse(url: string): boolean {
  try {
    return new URL(url).href !== '';
  } catch {
    return false;
  }
}

add(Object, 'hasOwn', (owner: object, name: string) => Object.prototype.hasOwnProperty.call(owner, name));
add(Array.prototype, 'at', at);
add(String.prototype, 'at', at);
add(Array.prototype, 'toSorted', function (this: unknown[], compare?: (one: unknown, other: unknown) => number) {
  return [...this].sort(compare);
});
add(String.prototype, 'replaceAll', function (this: string, found: string, instead: string): string {
  return this.split(found).join(instead);
});
add(URL, 'canParse', canParse);

/** Chromium found hosts only in addresses of the web. */
class UrlWithHost extends URL {
  constructor(text: string, base?: string) {
    const ours = /^rayfish:(?=\/\/)/i;
    super(text.replace(ours, 'http:'), base);
    if (ours.test(text)) Object.defineProperty(this, 'protocol', { value: 'rayfish:' });
  }
}

if (new URL('rayfish://add').host === '') globalThis.URL = UrlWithHost;
