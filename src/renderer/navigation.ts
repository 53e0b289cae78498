/** Ways from page to page beside the buttons: links, the tray, Escape, and back to where one was. */
import { useEffect, useRef, type RefObject } from 'react';
import type { AppState } from '../shared/app-contract.js';
import { openerOf } from './model/opener.js';
import { useAppStore, type View } from './store/app-store.js';
import { act } from './store/bridge.js';

/** What a link brought is put into the add field and shown; only a click does more. */
export function useDeepLink(link: string | null): void {
  const open = useAppStore((store) => store.open);
  const setDraft = useAppStore((store) => store.setDraft);
  useEffect(() => {
    if (link === null) return;
    setDraft('add', link);
    open({ kind: 'home' });
    void act('take-deep-link', {}).then(() => {
      document.getElementById('add-field')?.focus();
    });
  }, [link, open, setDraft]);
}

/** The tray or a notification leads to a page. */
export function useWantedPage(page: AppState['wantedPage']): void {
  const open = useAppStore((store) => store.open);
  const showDialog = useAppStore((store) => store.showDialog);
  useEffect(() => {
    if (page === null) return;
    open({ kind: page === 'settings' || page === 'diagnostics' ? page : 'home' });
    showDialog(page === 'invite' ? 'invite' : null);
    void act('take-wanted-page', {}).then(() => {
      if (page === 'add') document.getElementById('add-field')?.focus();
    });
  }, [page, open, showDialog]);
}

/** Who leaves a page is where it came from again, with eyes and keyboard. @returns what keeps the scrolled place of home. */
export function useReturn(view: View, page: RefObject<HTMLElement | null>): () => void {
  const left = useRef(view);
  const scrolled = useRef(0);
  useEffect(() => {
    const opener = openerOf(left.current);
    left.current = view;
    if (view.kind !== 'home' || opener === null) return;
    // The list has its height in a frame, and the rows that are seen there in the next.
    requestAnimationFrame(() => {
      page.current?.scrollTo({ top: scrolled.current });
      requestAnimationFrame(() => document.getElementById(opener)?.focus({ preventScroll: true }));
    });
  }, [view, page]);
  return () => {
    if (view.kind === 'home' && left.current === view) scrolled.current = page.current?.scrollTop ?? 0;
  };
}

/** Escape leads back, unless something nearer took it. */
export function useEscape(view: View): void {
  const open = useAppStore((store) => store.open);
  useEffect(() => {
    const back = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && view.kind !== 'home') open({ kind: 'home' });
    };
    window.addEventListener('keydown', back);
    return () => {
      window.removeEventListener('keydown', back);
    };
  }, [view, open]);
}
