import { expect, test } from 'vitest';
import { between, section } from './documents.js';
import { picture } from './picture.js';
import { made } from './results.test-support.js';

const results = made({
  base: {
    ours: [{ tcp1Mbps: 3000 }, { tcp1Mbps: 2000 }, { tcp1Mbps: 4000 }],
    'wireguard-go': [{ tcp1Mbps: 1500 }],
    underlay: [{ tcp1Mbps: 20_000 }],
  },
});

test('only what lies between the markers is replaced, again and again', () => {
  const [begin, end] = ['<!-- npm run bench -- --write: from here -->', '<!-- npm run bench -- --write: to here -->'];
  const page = `before\n${begin}\nold\n${end}\nafter\n`;
  const once = between(page, 'new');
  expect(once).toBe(`before\n${begin}\n\nnew\n\n${end}\nafter\n`);
  expect(between(once, 'new')).toBe(once);
  expect(() => between('no markers', 'new')).toThrow('markers');
});

test('a figure is its median with its spread', () => {
  expect(section(results)).toContain('| 3,000 (2,000–4,000) |');
});

test('those that are absent are named with the reason', () => {
  expect(section(results)).toContain('- `gone`: about gone; not measured: it cannot be had');
});

test('the picture has a bar for every contender and none for the ceiling', () => {
  const svg = picture(results);
  expect(svg).toContain('Rayfish Desktop</text>');
  expect(svg).toContain('>wireguard-go</text>');
  expect(svg).not.toContain('underlay');
});
