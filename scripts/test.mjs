/** `npm test` */
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleApp } from './app-bundle.mjs';
import { runTask } from './command-line.mjs';
import { buildAdversaries, cargo, cargoOptions } from './native.mjs';
import { tool } from './npm-packages.mjs';
import { prepare } from './prepare.mjs';
import { scenario, scenarioObstacle } from './scenario.mjs';
import { bundleService } from './service-bundle.mjs';
import { StepFailure, say, step } from './step.mjs';
import { cargoTally, one, scenarioTally, settled, skipped, sum, vitestTally } from './tally.mjs';
import { provideTestElectron } from './test-electron.mjs';
import { provideTestRelay } from './test-relay.mjs';
import { hasCargoPart } from './toolchain.mjs';

/**
 * @typedef {import('./tally.mjs').Tally} Tally
 * @typedef {import('./builder.mjs').Builder} Builder
 * @typedef {import('./step.mjs').Argv} Argv
 */

const obstacle = scenarioObstacle('npm test');

const usage = {
  command: 'npm test',
  about: `Everything that has to hold, from a fresh clone on; on Linux as root with the end-to-end scenarios. Ends with
"N passed, N failed, N skipped". Only a failed build ends it early; of all else one run shows every failure.`,
};

await runTask(usage, async () => {
  const tally = sum(await allTallies());
  for (const { name, reason } of tally.skipped) say(`Skipped: ${name}: ${reason}`);
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped\n`);
  return tally.failed === 0 ? 0 : 1;
});

async function allTallies() {
  /** @type {Tally[]} */
  const tallies = [];
  try {
    const builder = await prepare(obstacle === null ? 'test' : 'build');
    await bundleApp(builder);
    await bundleService(builder);
    tallies.push(one(true));
    tallies.push(...(await staticChecks(builder)));
    tallies.push(await unitTests(builder));
    tallies.push(...(await rustTests(builder)));
    tallies.push(await scenarios(builder));
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    say(error.message);
    tallies.push(one(false), skipped('all further tests', 'they need what failed'));
  }
  return tallies;
}

/**
 * @param {Builder} builder
 * @returns {Promise<Tally[]>}
 */
async function staticChecks(builder) {
  return [
    await check('Checking the formatting', [tool('prettier'), '--check', '--log-level=warn', '.'], builder),
    await check('Linting', [tool('eslint'), '.'], builder),
    await check('Checking the types', [tool('tsc')], builder),
    await check('Checking the types of the window', [tool('tsc'), '-p', 'src/renderer'], builder),
    await check('Looking for unused code', [tool('knip')], builder),
  ];
}

/**
 * @param {Builder} builder
 * @returns {Promise<Tally>}
 */
async function unitTests(builder) {
  return withReport(builder, async (report) => {
    const reporting = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
    const { passed } = await step('Running the unit tests', [tool('vitest'), 'run', ...reporting], builder);
    return settled(vitestTally(contents(report)), passed);
  });
}

/**
 * @param {Builder} builder
 * @returns {Promise<Tally[]>}
 */
async function rustTests(builder) {
  const options = cargoOptions(builder);
  const formatting = 'Checking the formatting of the Rust crate';
  const linting = 'Linting the Rust crate';
  return [
    hasCargoPart(builder, 'fmt')
      ? await check(formatting, ['cargo', 'fmt', '--manifest-path', 'native/Cargo.toml', '--check'], options)
      : skipped(formatting, 'rustfmt is not installed: rustup component add rustfmt'),
    hasCargoPart(builder, 'clippy')
      ? await check(linting, cargo(builder, 'clippy', '--all-targets', '--', '-D', 'warnings'), options)
      : skipped(linting, 'clippy is not installed: rustup component add clippy'),
    // The tests are in the library; examples and documentation have none.
    await step('Running the tests of the Rust crate', cargo(builder, 'test', '--lib'), options).then(
      ({ passed, output }) => settled(cargoTally(output), passed),
    ),
  ];
}

/**
 * @param {Builder} builder
 * @returns {Promise<Tally>}
 */
async function scenarios(builder) {
  if (obstacle !== null) return skipped('end-to-end scenarios', obstacle);
  await buildAdversaries(builder);
  await provideTestElectron(builder);
  await provideTestRelay(builder);
  return withReport({}, async (report) => {
    const argv = scenario('run', ['--json', report]);
    const { passed } = await step('Running the end-to-end scenarios', argv, { shown: true });
    return settled(scenarioTally(contents(report)), passed);
  });
}

/**
 * A step that counts as one test.
 * @param {string} sentence
 * @param {Argv} argv
 * @param {import('./step.mjs').StepOptions} options
 */
async function check(sentence, argv, options) {
  return one((await step(sentence, argv, options)).passed);
}

/**
 * Lends a path for a report that the identity given can write.
 * @param {{ identity?: import('./step.mjs').Identity | undefined }} writer
 * @param {(report: string) => Promise<Tally>} use
 */
async function withReport({ identity }, use) {
  const directory = mkdtempSync(join(tmpdir(), 'rayfish-test-'));
  try {
    if (identity) chownSync(directory, identity.uid, identity.gid);
    return await use(join(directory, 'report.json'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {string} empty where it cannot be read
 */
function contents(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
