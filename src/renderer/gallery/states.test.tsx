import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { show } from '../show.test-support.js';
import { states } from './states.js';

describe('every designed state', () => {
  it.each(states)('$name can be used with a screen reader', async ({ app, view, drafts }) => {
    await show(app, { ...(view && { view }), ...(drafts && { drafts }) });
    // Colours need a layout: contrast is measured in a real browser.
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
  });

  it('has a name of its own', () => {
    expect(new Set(states.map(({ name }) => name)).size).toBe(states.length);
  });
});
