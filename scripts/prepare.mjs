/** From a fresh clone to something that runs; quick where all of it is done already. */
import { builder } from './builder.mjs';
import { bundle } from './bundle.mjs';
import { buildNative } from './native.mjs';
import { provideNpmPackages } from './npm-packages.mjs';
import { provideSystemPackages } from './system-packages.mjs';
import { checkToolchain } from './toolchain.mjs';

/**
 * Provides system packages, npm packages, the data plane and dist/.
 * @param {import('./system-packages.mjs').Purpose} purpose
 * @returns {Promise<import('./builder.mjs').Builder>}
 * @throws {StepFailure} what is missing, and what to do
 */
export async function prepare(purpose) {
  const who = builder();
  await provideSystemPackages(purpose);
  checkToolchain(who);
  await provideNpmPackages(who);
  await buildNative(who);
  await bundle(who);
  return who;
}
