/** `npm run icons` */
import { Resvg } from '@resvg/resvg-js';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTask } from './command-line.mjs';
import { root } from './step.mjs';

const directory = join(root, 'assets', 'icons');
const trayStates = ['off', 'connecting', 'on', 'attention', 'missing'];

/** Below this many pixels the app's icon has fewer details. */
const smallBelow = 64;
/** macOS leaves a margin around an icon of 1024 pixels. */
const darwinArtwork = 824 / 1024;

/**
 * Every PNG by its path below assets/icons.
 * @returns {Map<string, Buffer>}
 */
export function drawIcons() {
  /** @type {Map<string, Buffer>} */
  const drawn = new Map();
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) {
    const source = svg(size < smallBelow ? 'icon-small.svg' : 'icon.svg');
    drawn.set(`linux/${size}x${size}.png`, png(source, size));
  }
  drawn.set('icon.png', png(svg('icon.svg'), 512));
  drawn.set('darwin.png', png(withMargin(svg('icon.svg')), 1024));
  for (const state of trayStates) {
    const source = svg(`tray/${state}.svg`);
    for (const [suffix, scale] of /** @type {const} */ ([
      ['', 1],
      ['@2x', 2],
    ])) {
      drawn.set(`tray/${state}-light${suffix}.png`, png(coloured(source, '#1c1c1e'), 22 * scale));
      drawn.set(`tray/${state}-dark${suffix}.png`, png(coloured(source, '#ffffff'), 22 * scale));
      drawn.set(`tray/${state}Template${suffix}.png`, png(template(source), 16 * scale));
    }
  }
  return drawn;
}

/** @param {string} path */
function svg(path) {
  return readFileSync(join(directory, path), 'utf8');
}

/**
 * @param {string} source
 * @param {string} colour of the strokes on a panel
 */
function coloured(source, colour) {
  return source.replaceAll('currentColor', colour);
}

/**
 * macOS colours a template itself: it is black wherever it is anything. What a mask hides stays hidden.
 * @param {string} source
 */
function template(source) {
  return coloured(source, '#000').replaceAll('#e8590c', '#000');
}

/** @param {string} source an image of 512 units */
function withMargin(source) {
  const margin = (512 * (1 - darwinArtwork)) / 2;
  return source
    .replace('</defs>', `</defs><g transform="translate(${margin} ${margin}) scale(${darwinArtwork})">`)
    .replace('</svg>', '</g></svg>');
}

/**
 * @param {string} source
 * @param {number} size in pixels, width and height
 */
function png(source, size) {
  return new Resvg(source, { fitTo: { mode: 'width', value: size } }).render().asPng();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const about = 'Draws every PNG of assets/icons from the SVG files beside them. The PNGs are committed.';
  await runTask({ command: 'npm run icons', about }, () => {
    for (const [path, image] of drawIcons()) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), image);
    }
    return Promise.resolve(0);
  });
}
