/** A value that copies itself when clicked. */
import { Copy } from 'lucide-react';
import type { ReactElement } from 'react';
import { copy } from '../store/bridge.js';
import './copy-row.css';

export interface CopyRowProps {
  label: string;
  /** What is copied. */
  value: string;
  /** What is seen, where that is shorter. */
  shown?: string;
  /** Wrapped rather than cut off. */
  whole?: boolean;
}

export function CopyRow({ label, value, shown = value, whole = false }: CopyRowProps): ReactElement {
  return (
    <button type="button" className="copy-row" onClick={() => void copy(value, label)}>
      <span className="copy-label">
        <span className="unseen">Copy </span>
        {label}{' '}
      </span>
      <span className={`copy-value mono ${whole ? 'anywhere' : 'cut'}`}>{shown}</span>
      <Copy size={14} aria-hidden="true" className="copy-icon" />
    </button>
  );
}
