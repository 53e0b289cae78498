/** A peer in the list. */
import { ArrowDown, ArrowUp, ChevronRight } from 'lucide-react';
import { memo, type ReactElement } from 'react';
import { bytes } from '../../shared/quantities.js';
import type { PeerStatus } from '../../shared/status.js';
import { peerView, type Surroundings } from '../model/peer-view.js';
import { isSilent, rateNow } from '../model/traffic.js';
import { useAppStore } from '../store/app-store.js';
import { useTrafficStore } from '../store/traffic-store.js';
import { openerOf } from '../model/opener.js';
import { Sparkline } from './sparkline.js';
import { StatusMark } from './status-mark.js';

interface PeerRowProps {
  peer: PeerStatus;
  around: Surroundings;
  selected: boolean;
}

export const PeerRow = memo(function PeerRow({ peer, around, selected }: PeerRowProps): ReactElement {
  const open = useAppStore((store) => store.open);
  const view = peerView(peer, around);
  return (
    <button
      type="button"
      id={openerOf({ kind: 'peer', id: peer.id }) ?? ''}
      className="peer-row"
      aria-current={selected}
      onClick={() => {
        open({ kind: 'peer', id: peer.id });
      }}
    >
      <StatusMark tone={view.tone} />
      <span className="peer-row-text">
        <bdi className="peer-row-name cut">{view.name}</bdi>
        <span className="muted small cut">{view.words}</span>
      </span>
      {view.passing && <RowTraffic id={peer.id} />}
      <ChevronRight size={16} aria-hidden="true" className="muted" />
    </button>
  );
});

/** Only while something moves: a flat line says nothing. */
function RowTraffic({ id }: { id: string }): ReactElement | null {
  const traffic = useTrafficStore(({ byPeer }) => byPeer.get(id));
  if (traffic === undefined || isSilent(traffic)) return null;
  return (
    <span className="row-traffic">
      <Sparkline traffic={traffic} width={72} height={30} />
      <span className="rates small muted">
        <span>
          <ArrowDown size={11} aria-label="receiving" />
          {bytes(Math.round(rateNow(traffic.down)))}/s
        </span>
        <span>
          <ArrowUp size={11} aria-label="sending" />
          {bytes(Math.round(rateNow(traffic.up)))}/s
        </span>
      </span>
    </span>
  );
}
