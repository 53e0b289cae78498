/** The peers: searched, ordered, and only those drawn that are seen. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { Search } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import type { PeerStatus } from '../../shared/status.js';
import { orderedPeers } from '../model/peer-order.js';
import { useAppStore } from '../store/app-store.js';
import { useApp, useDraft, useSurroundings } from '../store/hooks.js';
import { PeerRow } from './peer-row.js';
import './peer-list.css';

/** From here on a list is searched rather than read. */
const manyPeers = 12;

export function PeerList(): ReactElement {
  const peers = useApp().status?.peers ?? none;
  const [search, setSearch] = useDraft('search');
  const many = peers.length >= manyPeers;
  const shown = useMemo(() => orderedPeers(peers, many ? search : ''), [peers, search, many]);
  return (
    <>
      {many && (
        <div className="search">
          <Search size={16} aria-hidden="true" />
          <input
            className="input"
            type="search"
            aria-label="Search peers by name, ID or address"
            placeholder="Search name, ID or address"
            value={search}
            onChange={(event) => {
              setSearch(event.target.value);
            }}
          />
        </div>
      )}
      {shown.length > 0 && <Rows peers={shown} />}
      {shown.length === 0 && many && (
        <p className="empty muted" role="status">
          No peer has “{search.trim()}” in its name, ID or address.
        </p>
      )}
    </>
  );
}

const none: PeerStatus[] = [];

function Rows({ peers }: { peers: readonly PeerStatus[] }): ReactElement {
  const around = useSurroundings();
  const view = useAppStore((store) => store.view);
  const list = useRef<HTMLUListElement>(null);
  const rowHeight = useRowHeight();
  const offset = useOffset(list);
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes here, and its answers are read at once
  const virtual = useVirtualizer({
    count: peers.length,
    getScrollElement: () => list.current?.closest('main') ?? null,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollMargin: offset,
    getItemKey: (index) => peers[index]?.id ?? index,
  });
  useLayoutEffect(() => {
    virtual.measure();
  }, [virtual, rowHeight]);
  return (
    <ul
      ref={list}
      className="peer-rows"
      style={{ height: virtual.getTotalSize() + 2 }}
      aria-label={`${peers.length} peers`}
    >
      {virtual.getVirtualItems().map(({ index, key, start }) => {
        const peer = peers[index];
        return peer === undefined ? null : (
          <li
            key={key}
            style={{ transform: `translateY(${start - offset}px)` }}
            aria-setsize={peers.length}
            aria-posinset={index + 1}
          >
            <PeerRow peer={peer} around={around} selected={view.kind === 'peer' && view.id === peer.id} />
          </li>
        );
      })}
    </ul>
  );
}

/** Rows are sized in rem, so that a larger text gets larger rows. */
function useRowHeight(): number {
  return useMemo(() => 3.75 * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16), []);
}

/** How far down the scrolled page the list begins; banners come and go above it. */
function useOffset(list: React.RefObject<HTMLElement | null>): number {
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const page = list.current?.closest('main');
    if (!page) return;
    const measure = (): void => {
      if (list.current === null) return;
      setOffset(list.current.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop);
    };
    measure();
    const observer = new ResizeObserver(measure);
    for (const child of page.querySelectorAll('.column > *, .column')) observer.observe(child);
    return () => {
      observer.disconnect();
    };
  }, [list]);
  return offset;
}
