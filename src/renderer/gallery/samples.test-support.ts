/** The gallery's samples, for tests. */
export * as people from './people.js';
export { sampleLog } from './sample-log.js';
export { sampleState, sampleStatus, withStatus } from './sample-state.js';
