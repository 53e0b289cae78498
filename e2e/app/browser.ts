/** Debian's Chromium, without a screen. */
import { chromium, type Browser } from 'playwright-core';
import { must } from '../command.js';

/** Root has no sandbox for it, and it has nobody to call. What it shows is ours alone. */
const words = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

/** A browser that reaches nothing by itself. Its end is the caller's, signals included. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = (await must(['sh', '-c', 'command -v chromium'])).trim();
  const args = [...words, '--disable-sync', '--no-first-run'];
  return chromium.launch({
    executablePath,
    args,
    // A window has its scrollbar, and it takes room.
    ignoreDefaultArgs: ['--hide-scrollbars'],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
