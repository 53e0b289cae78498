import { describe, expect, it } from 'vitest';
import { fittingPlace, parsePlace, placeUnder } from './window-place.js';

const screen = { x: 0, y: 24, width: 1440, height: 876 };
const second = { x: 1440, y: 0, width: 1000, height: 800 };

describe('place of the window', () => {
  it('is where it was', () => {
    const place = { x: 100, y: 100, width: 420, height: 700 };

    expect(fittingPlace(place, [screen, second])).toEqual(place);
  });

  it('moves back into a screen it sticks out of', () => {
    expect(fittingPlace({ x: 1300, y: 700, width: 420, height: 700 }, [screen])).toEqual({
      x: 1020,
      y: 200,
      width: 420,
      height: 700,
    });
  });

  it('shrinks to the screen', () => {
    expect(fittingPlace({ x: 0, y: 0, width: 5000, height: 5000 }, [screen])).toEqual(screen);
  });

  it('is forgotten where its screen is gone', () => {
    expect(fittingPlace({ x: 1500, y: 100, width: 420, height: 700 }, [screen])).toBeNull();
  });

  it('stays under the menu bar icon, inside the screen', () => {
    const size = { width: 420, height: 720 };

    expect(placeUnder({ x: 1400, y: 0, width: 24, height: 24 }, size, screen)).toEqual({ ...size, x: 1020, y: 24 });
    expect(placeUnder({ x: 700, y: 0, width: 24, height: 24 }, size, screen).x).toBe(502);
  });

  it.each([undefined, null, 'x', { x: 1 }, { x: 0.5, y: 0, width: 1, height: 1 }])('is none in %j', (stored) => {
    expect(parsePlace(stored)).toBeNull();
  });
});
