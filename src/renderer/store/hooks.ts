/** The store as components use it. */
import { useEffect, useState } from 'react';
import type { AppState } from '../../shared/app-contract.js';
import type { Surroundings } from '../model/peer-view.js';
import { useAppStore, type Task } from './app-store.js';

const idle: Task = { running: false, error: null };

/** The state; the root renders nothing below it before there is one. */
export function useApp(): AppState {
  const app = useAppStore((store) => store.app);
  if (app === null) throw new Error('rendered before the first state');
  return app;
}

/** Text that survives everything but the window: value, change, and forget. */
export function useDraft(field: string, initial = ''): [string, (text: string) => void, () => void] {
  const text = useAppStore((store) => store.drafts[field]) ?? initial;
  const setDraft = useAppStore((store) => store.setDraft);
  return [
    text,
    (typed) => {
      setDraft(field, typed);
    },
    () => {
      setDraft(field, null);
    },
  ];
}

export function useTask(name: string): Task {
  return useAppStore((store) => store.tasks[name]) ?? idle;
}

/** Whether changes can be asked for: the helper answers, and this user is permitted. */
export function useMayChange(): boolean {
  return useAppStore(({ app }) => app?.link.kind === 'connected' && app.link.level !== 'anyone');
}

/** The clock, for words like "3 min ago"; ticks while the window is seen. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, everyMs);
    return () => {
      clearInterval(timer);
    };
  }, [everyMs]);
  return now;
}

export function useSurroundings(): Surroundings {
  const { link, status } = useApp();
  const now = useNow();
  return { live: link.kind === 'connected', engine: status?.state ?? 'stopped', now };
}
