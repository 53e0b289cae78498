/** The ray: the mark of the app, and the picture behind the headline. */
import type { ReactElement } from 'react';

const body =
  'M10.3 3.6c-.5.8-.6 1.7-.4 2.5C6.9 7 3.4 9.6 1 13.7c3.3-1.1 6.3-.8 8.4.9 1.2 1 1.9 2.3 2.15 4.1L12 22.8l.45-4.1c.25-1.8.95-3.1 2.15-4.1 2.1-1.7 5.1-2 8.4-.9C20.6 9.6 17.1 7 14.1 6.1c.2-.8.1-1.7-.4-2.5-.45.55-.75 1.25-.85 1.95a6 6 0 0 0-1.7 0c-.1-.7-.4-1.4-.85-1.95z';

export function RayMark({ size }: { size: number }): ReactElement {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} fill="currentColor" aria-hidden="true">
      <path d={body} />
    </svg>
  );
}

/** Rings of a thing moving through water, and the thing. */
export function RayArt(): ReactElement {
  return (
    <svg className="hero-art" viewBox="0 0 240 160" preserveAspectRatio="xMaxYMid slice" aria-hidden="true">
      <g fill="none" stroke="currentColor" className="hero-rings">
        {[26, 50, 76, 104, 134].map((radius) => (
          <circle key={radius} cx="196" cy="92" r={radius} />
        ))}
      </g>
      <g transform="translate(150 40) rotate(28 48 48) scale(4)" fill="currentColor" className="hero-ray">
        <path d={body} />
      </g>
    </svg>
  );
}
