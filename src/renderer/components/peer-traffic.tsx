/** What passes between this device and the peer. */
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { bytes } from '../../shared/quantities.js';
import type { PeerStatus } from '../../shared/status.js';
import { noTraffic, rateNow } from '../model/traffic.js';
import { useTrafficStore } from '../store/traffic-store.js';
import { Sparkline } from './sparkline.js';

export function PeerTraffic({ peer, passing }: { peer: PeerStatus; passing: boolean }): ReactElement | null {
  const traffic = useTrafficStore(({ byPeer }) => byPeer.get(peer.id)) ?? noTraffic(peer);
  if (!passing && peer.rxBytes === 0 && peer.txBytes === 0) return null;
  return (
    <section className="card group" aria-label="Traffic">
      <h2>Traffic</h2>
      {passing && (
        <>
          <Chart traffic={traffic} />
          <p className="chart-legend small">
            <span>
              <ArrowDown size={13} aria-label="receiving" />
              {bytes(Math.round(rateNow(traffic.down)))}/s
            </span>
            <span className="muted">last minute</span>
            <span>
              <ArrowUp size={13} aria-label="sending" />
              {bytes(Math.round(rateNow(traffic.up)))}/s
            </span>
          </p>
        </>
      )}
      <dl className="values small">
        <div>
          <dt>Received</dt>
          <dd>{bytes(peer.rxBytes)}</dd>
        </div>
        <div>
          <dt>Sent</dt>
          <dd>{bytes(peer.txBytes)}</dd>
        </div>
        {peer.drops > 0 && (
          <div>
            <dt>Packets dropped</dt>
            <dd>{peer.drops.toLocaleString('en')}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

/** As wide as its place. */
function Chart({ traffic }: { traffic: Parameters<typeof Sparkline>[0]['traffic'] }): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor(entry?.contentRect.width ?? 0));
    });
    observer.observe(place.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return (
    <div ref={place} className="chart">
      {width > 0 && <Sparkline traffic={traffic} width={width} height={72} />}
    </div>
  );
}
