/** Logs a person may paste in public: no ID, no address, no name of a file under a home. */

/** Node IDs keep their first four characters, so that lines about the same peer stay recognisable. */
export function redacted(text: string): string {
  return text
    .replace(/\b([0-9a-f]{4})[0-9a-f]{60}\b/gi, '$1…')
    .replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '[IPv4]')
    .replace(/(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, (match) => (isTime(match) ? match : '[IPv6]'))
    .replace(/\/(home|Users)\/[^/\s]+/g, '/$1/[user]')
    .replace(/‘[^’]*’/g, '‘…’');
}

/** `12:30:59` has the shape of an IPv6 address. */
function isTime(text: string): boolean {
  return /^\d{1,2}:\d{2}:\d{2}$/.test(text);
}
