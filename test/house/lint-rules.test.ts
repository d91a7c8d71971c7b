import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** What is refused, the file that does it, its source, and the rule that says no. */
const REFUSED = [
  ['a promise that nobody waits for', 'src/a.ts', 'async function f(): Promise<void> {}\nf();\n', 'noFloatingPromises'],
  ['the environment outside config.ts', 'src/b.ts', 'export const b = process.env.B;\n', 'noProcessEnv'],
  ['the console in the service', 'src/c.ts', 'console.log(1);\n', 'noConsole'],
  ['a default export', 'src/d.ts', 'export default 1;\n', 'noDefaultExport'],
  ['any', 'src/e.ts', 'export type E = any;\n', 'noExplicitAny'],
  ['an enum', 'src/f.ts', 'export enum F { One }\n', 'noEnum'],
  [
    'a parameter property',
    'src/g.ts',
    'export class G { constructor(readonly g: string) {} }\n',
    'noParameterProperties',
  ],
  ['a file name in camel case', 'src/someName.ts', 'export const h = 1;\n', 'useFilenamingConvention'],
  ['a barrel', 'src/i.ts', "export * from './b.ts';\n", 'noBarrelFile'],
  ['a type imported as a value', 'src/j.ts', "import { E } from './e.ts';\nexport type J = E;\n", 'useImportType'],
  [
    'a parameter that is assigned to',
    'src/k.ts',
    'export function k(n: number) { n = 2; return n; }\n',
    'noParameterAssign',
  ],
  ['a skipped test', 'test/l.test.ts', "it.skip('does it', () => {});\n", 'noSkippedTests'],
  ['a test that silences the others', 'test/m.test.ts', "it.only('does it', () => {});\n", 'noFocusedTests'],
  [
    'a switch that forgets a case',
    'src/n.ts',
    "export function n(x: 'a' | 'b') { switch (x) { case 'a': return 1; } return 2; }\n",
    'useExhaustiveSwitchCases',
  ],
  [
    'a function of more than fifty lines',
    'src/o.ts',
    `export function o() {\n${'  Math.random();\n'.repeat(51)}}\n`,
    'noExcessiveLinesPerFunction',
  ],
] as const;

const ACCEPTED = [
  ['the environment in config.ts', 'src/config.ts', 'export const config = process.env.A;\n'],
  ['the console in the local stack', 'local/start.ts', 'console.log(1);\n'],
  ['a default export of a configuration', 'vitest.config.ts', 'export default {};\n'],
] as const;

let tree: string;
let findings: { path: string; rule: string }[];

beforeAll(async () => {
  tree = await realpath(await mkdtemp(join(tmpdir(), 'keryu-lint-rules-')));
  for (const file of ['biome.json', '.gitignore']) await copyFile(join(REPOSITORY, file), join(tree, file));
  for (const [, path, source] of [...REFUSED, ...ACCEPTED]) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), source);
  }
  findings = await lint(tree);
}, 60_000);

afterAll(() => rm(tree, { recursive: true, force: true }));

describe('the linter', () => {
  it.each(REFUSED)('refuses %s', (_what, path, _source, rule) => {
    expect(rulesBrokenBy(path)).toContain(rule);
  });

  it.each(ACCEPTED)('accepts %s', (_what, path) => {
    expect(rulesBrokenBy(path)).toEqual([]);
  });
});

function rulesBrokenBy(path: string): string[] {
  return findings.filter((finding) => finding.path === path).map((finding) => finding.rule);
}

/** Runs the linter in `directory`; its report for GitHub has one line for each finding. */
async function lint(directory: string) {
  const report = await new Promise<string>((done) => {
    const parameters = [join(REPOSITORY, 'node_modules/.bin/biome'), 'lint', '--reporter=github', '.'];
    execFile(process.execPath, [...parameters, '--max-diagnostics=none'], { cwd: directory }, (_error, stdout) => {
      done(stdout);
    });
  });
  return [...report.matchAll(/^::error title=lint\/\w+\/(\w+),file=([^,]+),/gm)].map(([, rule = '', path = '']) => ({
    path: relative(directory, path),
    rule,
  }));
}
