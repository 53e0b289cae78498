/** The keyboard's way through the window. */
import assert from 'node:assert/strict';
import { eventually } from '../wait.js';
import type { AppWindow } from './app-window.js';
import { focused, focusShows } from './page-scripts.js';

const mostSteps = 60;

/** Presses Tab until that has the keyboard; everything passed has to show that it has it. */
export async function reach({ page }: AppWindow, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < mostSteps; step += 1) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate<string>(focused);
    passed.push(now);
    if (now === '') continue;
    assert.ok(await page.evaluate(focusShows), `“${now}” does not show that it has the keyboard`);
    if (typeof name === 'string' ? now === name : name.test(now)) return;
  }
  throw new Error(`Tab never comes to ${String(name)}; it passes ${passed.join(' | ')}`);
}

/** Waits until that has the keyboard by itself: it opened, or something in front of it closed. */
export async function hasFocus({ page }: AppWindow, name: string | RegExp): Promise<void> {
  await eventually(`the keyboard at ${String(name)}`, 3_000, async () => {
    const now = await page.evaluate<string>(focused);
    if (typeof name === 'string' ? now === name : name.test(now)) return true;
    throw new Error(`it is at “${now}”`);
  });
}
