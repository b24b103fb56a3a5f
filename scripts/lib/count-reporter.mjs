import { writeFileSync } from "node:fs";

/** Leaves a run's counts, and every test it skipped, in the file ALOFT_TEST_COUNTS. */
export default class CountReporter {
  onInit(vitest) {
    this.filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, skippedTests: [], filtered: this.filtered };
    for (const module of modules) {
      for (const test of module.children.allTests()) count(counts, module, test);
      // A file or suite that fell over outside of its tests is a failure of its own.
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    }
    writeFileSync(process.env.ALOFT_TEST_COUNTS, JSON.stringify(counts));
  }
}

function count(counts, module, test) {
  const { state, note } = test.result();
  if (state === "passed" || state === "failed") {
    counts[state]++;
    return;
  }
  counts.skipped++;
  if (!isBelowFailure(test)) counts.skippedTests.push({ file: module.moduleId, name: test.fullName, note });
}

/** Whether a test did not run because what prepares it failed. That failure is counted. */
function isBelowFailure({ parent }) {
  return parent !== undefined && (parent.errors().length > 0 || isBelowFailure(parent));
}
