/** Builds the window's files into dist-app/renderer; main serves them by its own scheme. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist-app/renderer',
    emptyOutDir: true,
    target: 'es2022',
    // The page's content security policy allows no inline anything, and fonts only as files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
