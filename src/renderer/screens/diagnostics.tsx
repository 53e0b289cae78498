/** For when something does not work: versions, network, what was dropped and why, and the service's own words. */
import type { ReactElement, ReactNode } from 'react';
import { Logs } from '../components/logs.js';
import { PageHead } from '../components/page-head.js';
import { dropCounts } from '../model/drop-words.js';
import { useApp, useMayChange } from '../store/hooks.js';

export function Diagnostics(): ReactElement {
  const { versions, status } = useApp();
  const mayChange = useMayChange();
  const drops = dropCounts(status?.drops ?? {});
  return (
    <article className="page" aria-label="Diagnostics">
      <PageHead title="Diagnostics" />
      <Values title="Versions">
        <Value label="App">{versions.app}</Value>
        <Value label="Background service">{versions.helper ?? 'not running'}</Value>
        <Value label="Electron">{versions.electron}</Value>
      </Values>
      {status !== null && (
        <Values title="Network">
          {status.failure !== null && <Value label="Failure">{status.failure.message}</Value>}
          <Value label="Tunnel device">
            {status.tun === null ? 'none' : `${status.tun.name}, MTU ${status.tun.mtu}`}
          </Value>
          <Value label="UDP ports">{status.ports.length === 0 ? 'none open' : status.ports.join(', ')}</Value>
          <Value label="Addresses in use">{status.ipv6Only ? 'IPv6 only' : 'IPv4 and IPv6'}</Value>
        </Values>
      )}
      {status !== null && (
        <Values title="Dropped packets">
          {drops.length === 0 && <Value label="None so far">0</Value>}
          {drops.map(({ reason, words, count }) => (
            <Value key={reason} label={words}>
              {count.toLocaleString('en')}
            </Value>
          ))}
        </Values>
      )}
      {mayChange && <Logs />}
    </article>
  );
}

function Values({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className="card group" aria-label={title}>
      <h2>{title}</h2>
      <dl className="values small">{children}</dl>
    </section>
  );
}

function Value({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="anywhere">{children}</dd>
    </div>
  );
}
