import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drawIcons } from './icons.mjs';
import { root } from './step.mjs';

it.each([...drawIcons()])('%s is what its SVG says (else: npm run icons)', (path, image) => {
  expect(readFileSync(join(root, 'assets', 'icons', path)).equals(image)).toBe(true);
});
