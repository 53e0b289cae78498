/** Every designed state, looked at by machine: accessible names and roles, contrast, and nothing cut off. */
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario } from '../../scenario.js';
import { everything, fileOf, Gallery } from '../gallery.js';
import { overflowing } from '../page-scripts.js';

interface Findings {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
  /** Texts of which the contrast was measured and is enough. */
  passes: { id: string; nodes: unknown[] }[];
}

scenario(
  'app: every designed state passes axe with its contrast measured, in both themes at both sizes, nothing cut off',
  { needs: ['chromium'], timeoutMs: 300_000 },
  async (world) => {
    const gallery = await Gallery.open();
    world.atEnd(() => gallery.close());
    const faults: string[] = [];
    let texts = 0;
    const list = everything(await gallery.states());
    await gallery.visit(list, async (page, shown) => {
      const wide = await page.evaluate<string[]>(overflowing);
      if (wide.length > 0) faults.push(`${fileOf(shown)}: cut off: ${wide.slice(0, 3).join(', ')}`);
      await page.evaluate(axe.source);
      const { violations, passes } = await page.evaluate<Findings>('axe.run(document.body)');
      texts += passes.find(({ id }) => id === 'color-contrast')?.nodes.length ?? 0;
      for (const { id, nodes } of violations) {
        faults.push(`${fileOf(shown)}: ${id}: ${nodes[0]?.html.slice(0, 120) ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
      }
    });
    world.figures.set('pictures', list.length).set('textsMeasured', texts);
    assert.deepEqual(faults, []);
    assert.ok(texts > list.length, 'contrast was measured');
  },
);
