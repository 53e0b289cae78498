/** The gallery: the window itself, in every designed state, chosen by `#name`; without one, the list of all. */
import { StrictMode, type ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '../app.js';
import { samplesKept, type TrafficByPeer } from '../model/traffic.js';
import { useAppStore } from '../store/app-store.js';
import { followState } from '../store/bridge.js';
import { useTrafficStore } from '../store/traffic-store.js';
import './gallery.css';
import { bob, nas, relayed } from './people.js';
import { SimulatedBridge } from './simulated-bridge.js';
import { states, type GalleryState } from './states.js';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const [name = '', theme] = window.location.hash.slice(1).split('/');
const chosen = states.find((state) => state.name === name);
window.addEventListener('hashchange', () => {
  window.location.reload();
});
if (chosen !== undefined) show(chosen);
createRoot(root).render(<StrictMode>{chosen === undefined ? <Index /> : <App />}</StrictMode>);

function show(state: GalleryState): void {
  const settings = { ...state.app.settings, theme: theme === 'dark' || theme === 'light' ? theme : 'system' } as const;
  window.rayfish = new SimulatedBridge({ ...state.app, settings });
  const tasks = Object.entries(state.errors ?? {}).map(([task, error]) => [task, { running: false, error }] as const);
  useAppStore.setState({
    view: state.view ?? { kind: 'home' },
    drafts: state.drafts ?? {},
    dialog: state.dialog ?? null,
    tasks: Object.fromEntries(tasks),
  });
  useTrafficStore.setState({ byPeer: sampleTraffic() });
  followState();
  if (state.press !== undefined) press(state.press);
}

/** Presses a button once it is drawn. */
function press(label: string): void {
  const timer = setInterval(() => {
    const buttons = [...document.querySelectorAll<HTMLElement>('button:enabled')];
    const button = buttons.find((each) => (each.ariaLabel ?? each.textContent).trim() === label);
    if (button === undefined) return;
    clearInterval(timer);
    button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0, pointerType: 'mouse' }));
    button.click();
  }, 50);
}

function sampleTraffic(): TrafficByPeer {
  const wave = (scale: number, phase: number): number[] =>
    Array.from(
      { length: samplesKept },
      (_, index) =>
        scale * Math.max(0.02, 0.5 + 0.35 * Math.sin(index / 7 + phase) + 0.25 * Math.sin(index / 1.7 + phase * 3)),
    );
  return new Map([
    [bob.id, { tx: bob.txBytes, rx: bob.rxBytes, down: wave(2_400_000, 1), up: wave(160_000, 0) }],
    [nas.id, { tx: nas.txBytes, rx: nas.rxBytes, down: wave(90_000, 4), up: wave(900_000, 3.4) }],
    [relayed.id, { tx: relayed.txBytes, rx: relayed.rxBytes, down: wave(24_000, 5), up: wave(9000, 2) }],
  ]);
}

function Index(): ReactElement {
  return (
    <main className="gallery">
      <h1>Rayfish, every designed state</h1>
      <ul>
        {states.map(({ name: each }) => (
          <li key={each}>
            <h2>
              {each} <a href={`#${each}/light`}>light</a> <a href={`#${each}/dark`}>dark</a>
            </h2>
            <iframe title={each} src={`#${each}/light`} width={400} height={640} loading="lazy" />
          </li>
        ))}
      </ul>
    </main>
  );
}
