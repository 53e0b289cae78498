import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const common = { restoreMocks: true, unstubEnvs: true };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'node',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'e2e/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['src/renderer/**'],
        },
      },
      {
        plugins: [react()],
        test: {
          ...common,
          name: 'window',
          environment: 'jsdom',
          include: ['src/renderer/**/*.test.{ts,tsx}'],
          setupFiles: ['src/renderer/test-setup.ts'],
        },
      },
    ],
  },
});
