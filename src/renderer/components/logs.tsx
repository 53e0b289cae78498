/** The service's log, looked at again every few seconds while it is seen. */
import { Copy } from 'lucide-react';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { LogLine } from '../../shared/ipc-contract.js';
import { reportText } from '../model/report.js';
import { call, copy } from '../store/bridge.js';
import { useApp } from '../store/hooks.js';
import { Button } from './button.js';
import { Fault } from './fault.js';
import './logs.css';

const everyMs = 3000;
/** The time of day here, as clocks show it. */
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

export function Logs(): ReactElement {
  const app = useApp();
  const lines = useLogLines();
  const list = useRef<HTMLUListElement>(null);
  /** At the end, unless somebody scrolled up to read. */
  const following = useRef(true);
  useEffect(() => {
    if (list.current !== null && following.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);
  const follow = (): void => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = list.current ?? {};
    following.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  const copyReport = (): void => {
    void copy(reportText(app, lines), 'Report');
  };
  return (
    <section className="card group" aria-label="Log">
      <div className="logs-head">
        <h2>Log</h2>
        <Button disabled={lines.length === 0} onClick={copyReport}>
          <Copy size={15} aria-hidden="true" />
          Copy report
        </Button>
      </div>
      <p className="muted small">
        The report adds versions and counts to this log, and leaves out names, IDs and addresses.
      </p>
      <ul ref={list} onScroll={follow} className="log-lines mono" tabIndex={0} aria-label="Log lines">
        {lines.map(({ at, level, message }, index) => (
          <li key={`${at} ${index}`} data-level={level}>
            <time dateTime={at} className="muted">
              {clock.format(new Date(at))}
            </time>{' '}
            <span className="anywhere">{message}</span>
          </li>
        ))}
      </ul>
      <Fault task="logs" />
    </section>
  );
}

function useLogLines(): LogLine[] {
  const [lines, setLines] = useState<LogLine[]>([]);
  useEffect(() => {
    let gone = false;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const answer = await call('logs', 'logs', {});
      if (answer !== null && !gone) setLines(answer.lines.slice(-300));
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  return lines;
}
