import { describe, expect, it } from 'vitest';
import { isPanelDark } from './panel.js';

describe('panel', () => {
  it.each([
    ['ubuntu:GNOME', false, true],
    ['X-Cinnamon', false, true],
    ['KDE', false, false],
    ['KDE', true, true],
    ['', false, false],
  ])('of %j in a dark system %s is dark: %s', (desktops, systemIsDark, expected) => {
    expect(isPanelDark(desktops, systemIsDark)).toBe(expected);
  });
});
