/** Calls that come in bursts, evened out: the first at once, then at most one per interval, the newest always last. */

/** How far apart the states are that a window is told: news right behind other news is still painted within 100 ms. */
export const stateIntervalMs = 50;

export interface Paced<T> {
  (value: T): void;
  /** Forgets what is still waiting. */
  cancel(): void;
}

export function paced<T>(call: (value: T) => void, everyMs: number): Paced<T> {
  let timer: NodeJS.Timeout | null = null;
  let waiting: { value: T } | null = null;
  const rest = (): void => {
    timer = setTimeout(() => {
      timer = null;
      if (waiting === null) return;
      const { value } = waiting;
      waiting = null;
      rest();
      call(value);
    }, everyMs);
  };
  const submit = (value: T): void => {
    if (timer !== null) {
      waiting = { value };
      return;
    }
    rest();
    call(value);
  };
  const cancel = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    waiting = null;
  };
  return Object.assign(submit, { cancel });
}
