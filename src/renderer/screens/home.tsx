/** What one looks at every day: who is there, and how to add somebody. */
import { Waypoints } from 'lucide-react';
import type { ReactElement } from 'react';
import { AddField } from '../components/add-field.js';
import { PeerList } from '../components/peer-list.js';
import { useApp } from '../store/hooks.js';

export function Home(): ReactElement | null {
  const { status } = useApp();
  // Without an identity nothing is known, of peers neither.
  if (status === null || status.nodeId === '') return null;
  const { peers } = status;
  return (
    <section className="peers" aria-label="Peers">
      <div className="section-head">
        <h2>Peers</h2>
        {peers.length > 0 && <span className="muted small">{peers.length}</span>}
      </div>
      <AddField />
      {peers.length === 0 ? <NoPeers /> : <PeerList />}
    </section>
  );
}

function NoPeers(): ReactElement {
  return (
    <div className="empty">
      <Waypoints size={26} aria-hidden="true" className="muted" />
      <h3>Nobody here yet</h3>
      <p className="muted">Send a friend your invite and paste theirs above. Once both did, you’re connected.</p>
    </div>
  );
}
