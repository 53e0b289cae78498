/** Debian's Chromium, without a screen. */
import { chromium, type Browser } from 'playwright-core';

const executable = 'chromium';
const offline = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

/** A browser that reaches nothing by itself. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = `/usr/bin/${executable}`;
  return chromium.launch({ executablePath, args: [...offline, '--disable-sync', '--no-first-run'] });
}
