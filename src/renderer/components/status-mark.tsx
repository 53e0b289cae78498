/** The state of a peer as a shape: told apart without colour too. */
import type { ReactElement } from 'react';
import type { Tone } from '../model/tone.js';

export function StatusMark({ tone }: { tone: Tone }): ReactElement {
  return (
    <svg className="mark" data-tone={tone} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {shapes[tone]}
    </svg>
  );
}

const ring = <circle cx="7" cy="7" r="4.75" fill="none" stroke="currentColor" strokeWidth="1.5" />;

const shapes: Record<Tone, ReactElement> = {
  good: <circle cx="7" cy="7" r="5.25" fill="currentColor" />,
  relayed: (
    <>
      {ring}
      <circle cx="7" cy="7" r="2.25" fill="currentColor" />
    </>
  ),
  busy: <circle cx="7" cy="7" r="4.75" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="5 2.46" />,
  waiting: <path d="M2.5 7h0M7 7h0M11.5 7h0" stroke="currentColor" strokeWidth="2.75" strokeLinecap="round" />,
  paused: <path d="M4.5 3v8M9.5 3v8" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  quiet: ring,
  bad: (
    <>
      {ring}
      <path d="m3.7 10.3 6.6-6.6" stroke="currentColor" strokeWidth="1.5" />
    </>
  ),
};
