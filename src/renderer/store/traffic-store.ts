/** The last minute of every peer's traffic, sampled while somebody looks. */
import { create } from 'zustand';
import { advance, type TrafficByPeer } from '../model/traffic.js';
import { useAppStore } from './app-store.js';

const sampleMs = 1000;

export const useTrafficStore = create<{ byPeer: TrafficByPeer }>(() => ({ byPeer: new Map() }));

/** Samples once a second while the window is visible, never while it is hidden. @returns how to stop. */
export function sampleTraffic(): () => void {
  let timer: ReturnType<typeof setInterval> | null = null;
  let last = performance.now();
  const sample = (): void => {
    const now = performance.now();
    const peers = useAppStore.getState().app?.status?.peers ?? [];
    useTrafficStore.setState(({ byPeer }) => ({ byPeer: advance(byPeer, peers, (now - last) / 1000) }));
    last = now;
  };
  const follow = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = document.hidden ? null : setInterval(sample, sampleMs);
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    if (timer !== null) clearInterval(timer);
  };
}
