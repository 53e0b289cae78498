import { expect, it } from 'vitest';
import { pagesOf } from './pages.js';

it('are under the address of the project', () => {
  const pages = pagesOf('https://code.test/rayfish');
  expect([...pages.values()]).toEqual(['https://code.test/rayfish#readme', 'https://code.test/rayfish/issues/new']);
});

it('are none while there is no such address', () => {
  expect(pagesOf('https://rayfish-desktop.example').size).toBe(0);
});
