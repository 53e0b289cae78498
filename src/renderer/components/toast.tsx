/** What just happened, said once, for eyes and for screen readers. */
import { useEffect, useState, type ReactElement } from 'react';
import { useAppStore } from '../store/app-store.js';
import './toast.css';

const shownMs = 2200;

export function Toast(): ReactElement {
  const said = useAppStore((store) => store.said);
  const [over, setOver] = useState<number | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => {
      setOver(said.at);
    }, shownMs);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  const visible = said !== null && said.at !== over;
  return (
    <div role="status" aria-live="polite">
      {visible && (
        <p key={said.at} className="toast cut">
          {said.text}
        </p>
      )}
    </div>
  );
}
