import { describe, expect, it } from 'vitest';
import { addTallies, closingLine, tallyTests } from '../../local/test-report.ts';

describe('the closing line of the test command', () => {
  it('counts passed and failed tests', () => {
    expect(tallyTests(report(3, 1, ['passed', 'failed']), 1)).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a test file that could not be loaded as a failure', () => {
    expect(tallyTests(report(3, 0, ['passed'], []), 1)).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a bad end of a run in which every test passed as a failure', () => {
    expect(tallyTests(report(3, 0, ['passed']), 1)).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a run that was killed as a failure', () => {
    expect(tallyTests(report(3, 0, ['passed']), null)).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a run without any test as a failure', () => {
    expect(tallyTests(report(0, 0), 0)).toEqual({ passed: 0, failed: 1 });
  });

  it('counts a run without a report as a failure', () => {
    expect(tallyTests(null, 0)).toEqual({ passed: 0, failed: 1 });
  });

  it('adds up all checks', () => {
    const total = addTallies([
      { passed: 1, failed: 0 },
      { passed: 0, failed: 1 },
      { passed: 40, failed: 2 },
    ]);
    expect(closingLine(total)).toBe('41 passed, 3 failed');
  });
});

/** A report of vitest with one file for each list of test results; an empty list is a file that could not be loaded. */
function report(passed: number, failed: number, ...files: string[][]): string {
  return JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: files.map((tests) => ({
      status: tests.length > 0 && tests.every((status) => status === 'passed') ? 'passed' : 'failed',
      assertionResults: tests.map((status) => ({ status })),
    })),
  });
}
