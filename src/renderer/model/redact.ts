/** Text a person may paste in public: no ID, no address, nobody's name, no name of a file under a home. */

/**
 * Node IDs keep their first four characters, so that lines about the same peer stay recognisable.
 * @param names of devices, to be taken out wherever they stand.
 */
export function redacted(text: string, names: readonly string[] = []): string {
  return withoutNames(text, names)
    .replace(/\b([0-9a-f]{4})[0-9a-f]{60}\b/gi, '$1…')
    .replace(/\bhttps?:\/\/[^\s),]+/gi, '[URL]')
    .replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '[IPv4]')
    .replace(/(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, (match) => (isTime(match) ? match : '[IPv6]'))
    .replace(/\/(home|Users)\/[^/\s]+/g, '/$1/[user]')
    .replace(/‘[^’]*’/g, '‘…’');
}

/** Whole words only: somebody called "up" does not take every "up" out of the text's other words. */
function withoutNames(text: string, names: readonly string[]): string {
  const wanted = [...new Set(names)].filter((name) => name !== '').sort((a, b) => b.length - a.length);
  if (wanted.length === 0) return text;
  const any = wanted.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])(?:${any})(?![\\p{L}\\p{N}])`, 'gu'), '[name]');
}

/** `12:30:59` has the shape of an IPv6 address. */
function isTime(text: string): boolean {
  return /^\d{1,2}:\d{2}:\d{2}$/.test(text);
}
