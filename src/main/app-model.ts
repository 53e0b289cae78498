/** The one value the window shows and the tray is made of, and who hears of its changes. */
import type { AppState } from '../shared/app-contract.js';

export type StateListener = (state: AppState, previous: AppState) => void;

export class AppModel {
  #state: AppState;
  readonly #listeners = new Set<StateListener>();

  constructor(initial: AppState) {
    this.#state = initial;
  }

  get state(): AppState {
    return this.#state;
  }

  change(parts: Partial<AppState>): void {
    const previous = this.#state;
    this.#state = { ...previous, ...parts };
    for (const listener of this.#listeners) listener(this.#state, previous);
  }

  /** Calls `listener` after each change, at once. Returns how to stop. */
  onChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
