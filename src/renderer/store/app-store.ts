/** Everything the window knows and everything a person typed into it: one place, so that a restart of the helper loses nothing. */
import { create } from 'zustand';
import type { AppState } from '../../shared/app-contract.js';

export type View = { kind: 'home' } | { kind: 'peer'; id: string } | { kind: 'settings' } | { kind: 'diagnostics' };

export interface Task {
  running: boolean;
  /** Why it failed the last time, in words. */
  error: string | null;
}

interface AppStore {
  /** Null until main answered. */
  app: AppState | null;
  view: View;
  /** Typed and not yet sent, by field. */
  drafts: Readonly<Record<string, string>>;
  /** Calls under way or failed, by what they are about. */
  tasks: Readonly<Record<string, Task>>;
  /** What just happened, said once: "Copied". `at` tells two alike apart. */
  said: { text: string; at: number } | null;
  /** One dialog of the app at a time; questions about one thing stay with that thing. */
  dialog: 'invite' | 'quit' | null;
  showDialog: (dialog: 'invite' | 'quit' | null) => void;
  open: (view: View) => void;
  setDraft: (field: string, text: string | null) => void;
  setTask: (name: string, task: Task | null) => void;
  say: (text: string) => void;
}

export const useAppStore = create<AppStore>((set) => ({
  app: null,
  view: { kind: 'home' },
  drafts: {},
  tasks: {},
  said: null,
  dialog: null,
  showDialog: (dialog) => {
    set({ dialog });
  },
  open: (view) => {
    set({ view });
  },
  setDraft: (field, text) => {
    set(({ drafts }) => ({ drafts: replaced(drafts, field, text) }));
  },
  setTask: (name, task) => {
    set(({ tasks }) => ({ tasks: replaced(tasks, name, task) }));
  },
  say: (text) => {
    set({ said: { text, at: Date.now() } });
  },
}));

function replaced<T>(record: Readonly<Record<string, T>>, key: string, value: T | null): Readonly<Record<string, T>> {
  const rest = Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
  return value === null ? rest : { ...rest, [key]: value };
}
