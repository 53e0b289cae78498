/** Who the peer is: what it calls itself, its ID in full, its words. */
import type { ReactElement } from 'react';
import { ago } from '../../shared/quantities.js';
import { sanitiseName } from '../../shared/peer-name.js';
import type { PeerStatus } from '../../shared/status.js';
import { idPhrase } from '../model/id-phrase.js';
import { CopyRow } from './copy-row.js';

export function PeerAbout({ peer, now }: { peer: PeerStatus; now: number }): ReactElement {
  const claimed = sanitiseName(peer.claimedName ?? '');
  const here = peer.state === 'connected' || peer.state === 'paused';
  return (
    <section className="card group" aria-label="About">
      <h2>About</h2>
      <dl className="values small">
        {claimed !== '' && (
          <div>
            <dt>Calls itself</dt>
            <dd className="cut">
              <bdi>{claimed}</bdi>
            </dd>
          </div>
        )}
        <div>
          <dt>Last seen</dt>
          <dd>{here ? 'now' : ago(peer.lastSeen, now)}</dd>
        </div>
        <div>
          <dt>Its words</dt>
          <dd className="phrase-words">{idPhrase(peer.id)}</dd>
        </div>
      </dl>
      <div className="copy-rows">
        <CopyRow label="ID" value={peer.id} whole />
      </div>
    </section>
  );
}
