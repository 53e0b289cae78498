/** Serves the gallery: every designed state against a simulated helper. Never part of the product. */
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  server: { host: '127.0.0.1', port: 5180, fs: { allow: [resolve(import.meta.dirname, '../../..')] } },
  build: { outDir: '../../../dist/gallery', emptyOutDir: true, target: 'es2022' },
});
