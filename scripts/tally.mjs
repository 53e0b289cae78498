/** Counts of tests, and how the reports of the test programs are read into them. */

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {{ name: string, reason: string }[]} skipped
 *
 * @typedef {object} VitestReport
 * @property {{ status: string, assertionResults: { fullName: string, status: string }[] }[]} testResults by file
 */

/**
 * A step without tests of its own counts as one.
 * @param {boolean} passed
 * @returns {Tally}
 */
export function one(passed) {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: [] };
}

/**
 * @param {string} name
 * @param {string} reason
 * @returns {Tally}
 */
export function skipped(name, reason) {
  return { passed: 0, failed: 0, skipped: [{ name, reason }] };
}

/**
 * A program that ended badly without naming a failed test has failed once, report or not.
 * @param {Tally | null} report null where it left none that can be read
 * @param {boolean} passed how the program ended
 * @returns {Tally}
 */
export function settled(report, passed) {
  const tally = report ?? { passed: 0, failed: 0, skipped: [] };
  const unnamed = tally.failed === 0 && (!passed || report === null);
  return unnamed ? { ...tally, failed: 1 } : tally;
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  return {
    passed: tallies.reduce((count, { passed }) => count + passed, 0),
    failed: tallies.reduce((count, { failed }) => count + failed, 0),
    skipped: tallies.flatMap((tally) => tally.skipped),
  };
}

/**
 * Reads the JSON report of vitest.
 * @param {string} text
 * @returns {Tally | null}
 */
export function vitestTally(text) {
  const report = /** @type {VitestReport | null} */ (parsed(text));
  if (report === null) return null;
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  // A file that could not even be loaded names no test.
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const left = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length + unloadable.length,
    skipped: left.map(({ fullName, status }) => ({ name: fullName, reason: `marked ${status} in the code` })),
  };
}

/**
 * Reads what `cargo test` printed.
 * @param {string} output
 * @returns {Tally | null} null where no test ran
 */
export function cargoTally(output) {
  const results = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)];
  if (results.length === 0) return null;
  const ignored = [...output.matchAll(/^test (\S+) .*\.\.\. ignored(?:, (.+))?$/gm)];
  return {
    passed: results.reduce((count, [, passed]) => count + Number(passed), 0),
    failed: results.reduce((count, [, , failed]) => count + Number(failed), 0),
    skipped: ignored.map(([, name = '', reason]) => ({ name, reason: reason ?? 'marked ignored in the code' })),
  };
}

/**
 * Reads the JSON report of the end-to-end runner.
 * @param {string} text
 * @returns {Tally | null}
 */
export function scenarioTally(text) {
  const verdicts = /** @type {import('../e2e/runner.js').Verdict[] | null} */ (parsed(text));
  if (verdicts === null) return null;
  return {
    passed: verdicts.filter(({ outcome }) => outcome === 'passed').length,
    failed: verdicts.filter(({ outcome }) => outcome === 'failed').length,
    skipped: verdicts
      .filter(({ outcome }) => outcome === 'skipped')
      .map(({ name, reason }) => ({ name, reason: reason ?? 'no reason given' })),
  };
}

/**
 * @param {string} text
 * @returns {unknown} null where it is not JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
