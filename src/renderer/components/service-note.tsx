/** What became of asking for the administrator. */
import type { ReactElement } from 'react';
import type { ServiceTask } from '../../shared/app-contract.js';
import { serviceWords } from '../model/service-words.js';
import { CopyRow } from './copy-row.js';
import './service-note.css';

export function ServiceNote({ task }: { task: ServiceTask }): ReactElement | null {
  const words = serviceWords(task);
  if (words === null) return null;
  return (
    <div className="note" data-bad={words.bad} role={words.busy ? 'status' : 'alert'}>
      <p className="anywhere">{words.text}</p>
      {words.command !== null && <CopyRow label="Command" value={words.command} whole />}
    </div>
  );
}
