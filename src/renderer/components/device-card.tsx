/** This device: what others need to know of it. */
import { MonitorSmartphone } from 'lucide-react';
import type { ReactElement } from 'react';
import { displayName, middleTruncated } from '../model/display-name.js';
import { idPhrase } from '../model/id-phrase.js';
import { useApp } from '../store/hooks.js';
import { CopyRow } from './copy-row.js';
import { InviteButton } from './invite-button.js';
import './device-card.css';

/** Nothing is shown while there is no identity to show. */
export function DeviceCard(): ReactElement | null {
  const { status } = useApp();
  if (status === null || status.nodeId === '') return null;
  const { nodeId, ipv4, ipv6, ipv6Only, name } = status;
  return (
    <section className="card device" aria-label="This device">
      <header className="device-head">
        <MonitorSmartphone size={20} aria-hidden="true" className="muted" />
        <div className="cut">
          <h2 className="cut">
            <bdi>{displayName({ name, id: nodeId })}</bdi>
          </h2>
          <p className="muted small cut">This device</p>
        </div>
        <InviteButton />
      </header>
      <div className="copy-rows device-rows">
        <CopyRow label="ID" value={nodeId} shown={middleTruncated(nodeId)} />
        {!ipv6Only && <CopyRow label="IPv4" value={ipv4} />}
        <CopyRow label="IPv6" value={ipv6} />
      </div>
      <p className="muted small">
        Its words: <span className="phrase-words">{idPhrase(nodeId)}</span>
      </p>
    </section>
  );
}
