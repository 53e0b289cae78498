/** A name that others chose, harmless and short enough for a desktop's own words. */
import { sanitiseName } from '../shared/peer-name.js';

/** @param limit most characters (Unicode code points), the ellipsis of a longer name included. */
export function shownName(name: string, limit: number): string {
  const characters = Array.from(sanitiseName(name));
  return characters.length <= limit ? characters.join('') : `${characters.slice(0, limit - 1).join('')}…`;
}
