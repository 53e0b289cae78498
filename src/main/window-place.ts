/** Where the window was, and where it may be now that screens may have changed. */
import * as z from 'zod';

const rectangleSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
});

/** In the system's points; x and y from the top left corner of the primary screen. */
export type Rectangle = z.infer<typeof rectangleSchema>;

export const defaultSize = { width: 420, height: 720 };
export const smallestSize = { width: 340, height: 480 };

/** What was stored, or null where it makes no sense. */
export function parsePlace(stored: unknown): Rectangle | null {
  const parsed = rectangleSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

/** The remembered place moved and shrunk into the screen it overlaps most; null where it is on none of them. */
export function fittingPlace(place: Rectangle, workAreas: readonly Rectangle[]): Rectangle | null {
  const overlaps = workAreas.map((area) => ({ area, shared: overlap(place, area) }));
  const best = overlaps.sort((a, b) => b.shared - a.shared)[0];
  if (best === undefined || best.shared === 0) return null;
  const { area } = best;
  const width = between(place.width, smallestSize.width, area.width);
  const height = between(place.height, smallestSize.height, area.height);
  return {
    x: between(place.x, area.x, area.x + area.width - width),
    y: between(place.y, area.y, area.y + area.height - height),
    width,
    height,
  };
}

/** Under the menu bar icon, within the screen. */
export function placeUnder(icon: Rectangle, size: { width: number; height: number }, area: Rectangle): Rectangle {
  const centred = Math.round(icon.x + icon.width / 2 - size.width / 2);
  return {
    x: between(centred, area.x, area.x + area.width - size.width),
    y: area.y,
    width: size.width,
    height: Math.min(size.height, area.height),
  };
}

function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

function between(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
