/** Shows the whole window in a state, against the simulated bridge. */
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { act } from 'react';
import type { AppState } from '../shared/app-contract.js';
import { App } from './app.js';
import { SimulatedBridge } from './gallery/simulated-bridge.js';
import { useAppStore, type View } from './store/app-store.js';
import { followState } from './store/bridge.js';

const fresh = useAppStore.getState();

export interface Shown {
  bridge: SimulatedBridge;
  user: ReturnType<typeof userEvent.setup>;
  /** Runs something that changes the state from outside. */
  happen: (event: () => void) => Promise<void>;
}

export async function show(
  app: AppState,
  start: { view?: View; drafts?: Record<string, string> } = {},
): Promise<Shown> {
  const bridge = new SimulatedBridge(app);
  window.rayfish = bridge;
  useAppStore.setState({ ...fresh, ...start });
  followState();
  const happen = (event: () => void): Promise<void> =>
    act(async () => {
      event();
      await Promise.resolve();
    });
  render(<App />);
  await happen(() => undefined);
  return { bridge, user: userEvent.setup(), happen };
}
