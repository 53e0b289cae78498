/** The window's entry. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as z from 'zod';
import { App } from './app.js';
import { followState } from './store/bridge.js';
import { sampleTraffic } from './store/traffic-store.js';

// Compiled schemas need `eval`, which the page's policy forbids.
z.config({ jitless: true });

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
followState();
sampleTraffic();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
