/** Everything known about one peer, and everything one can do about it. */
import type { ReactElement } from 'react';
import type { PeerStatus } from '../../shared/status.js';
import { CopyRow } from '../components/copy-row.js';
import { PageHead } from '../components/page-head.js';
import { PeerAbout } from '../components/peer-about.js';
import { PeerActions } from '../components/peer-actions.js';
import { PeerPath } from '../components/peer-path.js';
import { PeerTraffic } from '../components/peer-traffic.js';
import { StatusMark } from '../components/status-mark.js';
import { peerView } from '../model/peer-view.js';
import { useApp, useSurroundings } from '../store/hooks.js';
import './peer-details.css';

export function PeerDetails({ id }: { id: string }): ReactElement {
  const peer = useApp().status?.peers.find((candidate) => candidate.id === id);
  if (peer === undefined) return <Gone />;
  return <Known key={id} peer={peer} />;
}

function Known({ peer }: { peer: PeerStatus }): ReactElement {
  const around = useSurroundings();
  const { name, tone, words, passing } = peerView(peer, around);
  return (
    <article className="page" aria-label={name}>
      <PageHead title={name} />
      <p className="peer-state">
        <StatusMark tone={tone} />
        {words}
      </p>
      <PeerPath peer={peer} live={around.live} />
      <section className="card group" aria-label="Addresses">
        <h2>Addresses</h2>
        <div className="copy-rows">
          {peer.ipv4 !== null && <CopyRow label="IPv4" value={peer.ipv4} />}
          <CopyRow label="IPv6" value={peer.ipv6} />
        </div>
        {peer.ipv4 === null && <p className="muted small">Reachable by IPv6 only.</p>}
      </section>
      <PeerTraffic peer={peer} passing={passing} />
      <PeerAbout peer={peer} now={around.now} />
      <PeerActions peer={peer} name={name} />
    </article>
  );
}

function Gone(): ReactElement {
  return (
    <article className="page">
      <PageHead title="Peer removed" />
      <p className="muted">This peer is not in your list any more.</p>
    </article>
  );
}
