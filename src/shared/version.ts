/** The version of this program: package.json's, built into the bundle. */
import manifest from '../../package.json' with { type: 'json' };

export const { version } = manifest;
