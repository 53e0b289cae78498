/** `rayfish://` links as the system hands them to the app: text for the add field, and nothing more. */

/** Longest link the add field takes, as long as an invite may be. */
const maxLength = 4096;

/** The first link among a program's arguments, or null; control characters removed. One too long is no link. */
export function deepLinkAmong(argv: readonly string[]): string | null {
  const link = argv.find((argument) => /^rayfish:/i.test(argument));
  if (link === undefined || link.length > maxLength) return null;
  return link.replace(/\p{Cc}/gu, '');
}
