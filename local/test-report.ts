/** How many of a run's checks passed and how many failed. */
export interface Tally {
  passed: number;
  failed: number;
}

/** What is read of the report that `vitest --reporter=json` writes: https://vitest.dev/guide/reporters.html#json-reporter */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/**
 * Counts the tests of a report. What failed without failing a test counts as one failure each: a test file that could
 * not be loaded, a run that ended badly (an unhandled error, a failed tear-down) and a run without any test.
 * @param report the text of the report; null where there is none
 * @param exitCode how vitest ended
 */
export function tallyTests(report: string | null, exitCode: number | null): Tally {
  if (report === null) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report) as VitestReport;
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const tally = { passed: numPassedTests, failed: numFailedTests + brokenFiles.length };
  const endedBadly = exitCode !== 0 || tally.passed === 0;
  return endedBadly && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
    passed: 0,
    failed: 0,
  });
}

/** The closing line of `npm test`. */
export function closingLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}
