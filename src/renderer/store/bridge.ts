/** The way to the main process, and what comes from there. */
import type {
  Action,
  ActionParams,
  ActionResult,
  AppBridge,
  Outcome,
  WindowMethod,
} from '../../shared/app-contract.js';
import type { CallParams, Result } from '../../shared/ipc-contract.js';
import { useAppStore } from './app-store.js';

declare global {
  interface Window {
    rayfish: AppBridge;
  }
}

/** Takes the state now and every later one. @returns how to stop. */
export function followState(): () => void {
  const take = (app: NonNullable<ReturnType<typeof useAppStore.getState>['app']>): void => {
    useAppStore.setState({ app });
  };
  const stop = window.rayfish.onState(take);
  void act('get-state', {}).then((state) => {
    // An event that overtook the answer is newer.
    if (state !== null && useAppStore.getState().app === null) take(state);
  });
  return stop;
}

/**
 * Asks the helper. Progress and failure are kept under `task`, where the screen that shows them finds them.
 * @returns null where it failed.
 */
export function call<M extends WindowMethod>(
  task: string,
  method: M,
  params: CallParams<M>,
): Promise<Result<M> | null> {
  return settle(task, () => window.rayfish.call(method, params));
}

/** Asks the app itself. @returns null where it failed. */
export function act<A extends Action>(action: A, params: ActionParams<A>): Promise<ActionResult<A> | null> {
  return settle(action, () => window.rayfish.act(action, params));
}

/** Copies, and says so. */
export async function copy(text: string, what: string): Promise<void> {
  const done = await act('copy-text', { text });
  useAppStore.getState().say(done === null ? 'Nothing was copied' : `${what} copied`);
}

async function settle<T>(task: string, run: () => Promise<Outcome<T>>): Promise<T | null> {
  const { setTask } = useAppStore.getState();
  setTask(task, { running: true, error: null });
  const outcome = await run().catch((): Outcome<T> => ({
    ok: false,
    error: { code: 'internal', message: 'The app did not answer. Try again.' },
  }));
  setTask(task, outcome.ok ? null : { running: false, error: outcome.error.message });
  return outcome.ok ? outcome.value : null;
}
