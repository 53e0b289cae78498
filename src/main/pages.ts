/** Pages of the project. These are all the addresses the app ever opens. */
import manifest from '../../package.json' with { type: 'json' };
import type { Page } from './handlers.js';

export const pages: Record<Page, string> = {
  documentation: `${manifest.homepage}#readme`,
  source: manifest.homepage,
  'report-problem': `${manifest.homepage}/issues/new`,
};
