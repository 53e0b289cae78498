/** Pages of the project. These are all the addresses the app ever opens. */
import manifest from '../../package.json' with { type: 'json' };
import type { ProjectPage } from '../shared/app-contract.js';

/** @returns none while the address only holds the place of one: a link that leads nowhere is worse than none. */
export function pagesOf(homepage: string): ReadonlyMap<ProjectPage, string> {
  if (new URL(homepage).hostname.endsWith('.example')) return new Map();
  return new Map([
    ['documentation', `${homepage}#readme`],
    ['report-problem', `${homepage}/issues/new`],
  ]);
}

export const pages = pagesOf(manifest.homepage);
