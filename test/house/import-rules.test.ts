import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const TOP_FOLDERS = /^(src|local|bench|test)\//;

/** What else a fixture imports, so that every import resolves. */
const TARGETS = [
  'src/domain/word.ts',
  'src/templates/render.ts',
  'src/channels/channel.ts',
  'src/channels/email.ts',
  'src/channels/twilio-receipts.ts',
  'src/workflows/contract.ts',
  'src/workflows/deliver-message.ts',
  'src/activities/contract.ts',
  'src/activities/send.ts',
  'src/temporal/gateway.ts',
  'src/db/messages.ts',
  'src/telemetry/logger.ts',
  'src/service/messages.ts',
  'src/api/messages.ts',
  'src/console/messages.ts',
  'src/bin/api.ts',
  'src/config.ts',
  'local/start.ts',
  'bench/bench.ts',
  'test/support/database.ts',
];

/** Folder, what a module there imports, and the rule that says no. */
const FORBIDDEN = [
  ['src/domain', 'node:crypto', 'domain-imports-only-listed-node-modules'],
  ['src/domain', 'src/templates/render.ts', 'domain-imports-only-what-is-listed'],
  ['src/domain', 'typebox', 'domain-imports-only-what-is-listed'],
  ['src/templates', 'src/db/messages.ts', 'templates-imports-only-what-is-listed'],
  ['src/templates', 'fastify', 'templates-imports-only-what-is-listed'],
  ['src/channels', 'src/telemetry/logger.ts', 'channels-imports-only-what-is-listed'],
  ['src/channels', 'src/config.ts', 'channels-imports-only-what-is-listed'],
  ['src/channels', 'fastify', 'channels-imports-only-what-is-listed'],
  ['src/workflows', 'node:timers', 'workflows-imports-only-listed-node-modules'],
  ['src/workflows', 'src/db/messages.ts', 'workflows-imports-only-what-is-listed'],
  ['src/workflows', 'src/activities/send.ts', 'workflows-imports-only-what-is-listed'],
  ['src/workflows', 'src/activities/contract.ts', 'workflows-imports-only-types-there'],
  ['src/workflows', 'node:crypto', 'workflows-imports-only-listed-node-modules'],
  ['src/workflows', '@temporalio/client', 'workflows-imports-only-what-is-listed'],
  ['src/activities', 'src/workflows/contract.ts', 'activities-imports-only-what-is-listed'],
  ['src/activities', 'src/channels/email.ts', 'activities-imports-only-what-is-listed'],
  ['src/activities', 'src/service/messages.ts', 'activities-imports-only-what-is-listed'],
  ['src/temporal', 'src/db/messages.ts', 'temporal-imports-only-what-is-listed'],
  ['src/temporal', 'src/workflows/deliver-message.ts', 'temporal-imports-only-what-is-listed'],
  ['src/db', 'src/service/messages.ts', 'db-imports-only-what-is-listed'],
  ['src/db', 'node:http', 'db-imports-only-listed-node-modules'],
  ['src/telemetry', 'src/db/messages.ts', 'telemetry-imports-only-what-is-listed'],
  ['src/service', 'src/activities/send.ts', 'service-imports-only-what-is-listed'],
  ['src/service', 'src/channels/channel.ts', 'service-imports-only-what-is-listed'],
  ['src/service', '@temporalio/client', 'service-imports-only-what-is-listed'],
  ['src/api', 'src/db/messages.ts', 'api-imports-only-what-is-listed'],
  ['src/api', 'src/console/messages.ts', 'api-imports-only-what-is-listed'],
  ['src/api', 'src/channels/email.ts', 'api-imports-only-what-is-listed'],
  ['src/api', 'kysely', 'api-imports-only-what-is-listed'],
  ['src/console', 'src/api/messages.ts', 'console-imports-only-what-is-listed'],
  ['src/console', 'src/workflows/contract.ts', 'console-imports-only-what-is-listed'],
  ['src/console', 'src/channels/twilio-receipts.ts', 'console-imports-only-what-is-listed'],
  ['src/service', 'src/bin/api.ts', 'bin-is-imported-by-nobody'],
  ['src/bin', 'local/start.ts', 'bin-imports-only-src-and-packages'],
  ['src/bin', 'test/support/database.ts', 'bin-imports-only-src-and-packages'],
  ['src/bin', 'vitest', 'no-development-packages-in-src'],
  ['src/bin', 'axios', 'no-unlisted-packages'],
  ['src/bin', 'src/domain/missing.ts', 'no-unresolvable-imports'],
  ['src/somewhere', 'src/domain/word.ts', 'every-module-has-a-room'],
  ['local', 'test/support/database.ts', 'local-imports-neither-test-nor-bench'],
  ['local', 'bench/bench.ts', 'local-imports-neither-test-nor-bench'],
  ['bench', 'test/support/database.ts', 'bench-imports-no-test'],
] as const;

const ALLOWED = [
  ['src/templates', 'liquidjs'],
  ['src/channels', 'nodemailer'],
  ['src/channels', 'node:crypto'],
  ['src/workflows', 'src/domain/word.ts'],
  ['src/workflows', '@temporalio/workflow'],
  ['src/activities', 'src/db/messages.ts'],
  ['src/activities', 'src/channels/channel.ts'],
  ['src/temporal', 'src/workflows/contract.ts'],
  ['src/temporal', '@temporalio/client'],
  ['src/db', 'pg'],
  ['src/db', 'kysely'],
  ['src/telemetry', 'pino'],
  ['src/service', 'src/temporal/gateway.ts'],
  ['src/addresses', 'libphonenumber-js'],
  ['src/links', 'uuid'],
  ['src/bounces', 'smtp-server'],
  ['src/activities', 'htmlparser2'],
  ['src/service', 'yaml'],
  ['src/api', 'src/service/messages.ts'],
  ['src/api', 'src/channels/twilio-receipts.ts'],
  ['src/api', '@fastify/swagger'],
  ['src/console', 'liquidjs'],
  ['src/bin', 'src/config.ts'],
  ['src/bin', 'src/api/messages.ts'],
  ['local', 'src/bin/api.ts'],
  ['test', 'local/start.ts'],
] as const;

let tree: string;
let violations: { from: string; to: string; rule: string }[];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'keryu-import-rules-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(tree, 'node_modules'));
  await copyFile(join(REPOSITORY, 'package.json'), join(tree, 'package.json'));
  for (const target of TARGETS) await write(target, 'export const value = 1;\n');
  for (const [room, imported] of [...FORBIDDEN, ...ALLOWED]) {
    await write(fixture(room, imported), `import { value } from '${specifier(room, imported)}';\nvalue;\n`);
  }
  await write('src/workflows/with-types.ts', "import type { value } from '../activities/contract.ts';\n");
  await write('src/db/ping.ts', "import { value } from './pong.ts';\nvalue;\n");
  await write('src/db/pong.ts', "import { value } from './ping.ts';\nvalue;\n");
  await write('src/db/alone.ts', 'export const value = 1;\n');
  violations = await checkImports(tree);
}, 60_000);

afterAll(() => rm(tree, { recursive: true, force: true }));

describe('the import rules', () => {
  it.each(FORBIDDEN)('forbid that %s imports %s (%s)', (room, imported, rule) => {
    expect(rulesBrokenBy(fixture(room, imported))).toContain(rule);
  });

  it.each(ALLOWED)('allow that %s imports %s', (room, imported) => {
    expect(rulesBrokenBy(fixture(room, imported))).toEqual([]);
  });

  it('allow that a workflow imports types of the activities', () => {
    expect(rulesBrokenBy('src/workflows/with-types.ts')).toEqual([]);
  });

  it('forbid that modules import each other in a circle', () => {
    expect(rulesBrokenBy('src/db/ping.ts')).toEqual(['no-cycles']);
  });

  it('forbid a module that has no imports and is imported by nothing', () => {
    expect(rulesBrokenBy('src/db/alone.ts')).toEqual(['no-orphans']);
  });
});

function rulesBrokenBy(module: string): string[] {
  return violations.filter((violation) => violation.from === module).map((violation) => violation.rule);
}

function fixture(folder: string, imported: string): string {
  return `${folder}/imports-${imported.replaceAll(/[^a-z]+/g, '-')}.ts`;
}

function specifier(folder: string, imported: string): string {
  return TOP_FOLDERS.test(imported) ? `${folder.replaceAll(/[^/]+/g, '..')}/${imported}` : imported;
}

async function write(path: string, source: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), source);
}

/** Runs the checker as the test command does, in `directory`. */
async function checkImports(directory: string) {
  const report = await new Promise<string>((done, fail) => {
    const program = join(REPOSITORY, 'node_modules/.bin/depcruise');
    const rules = join(REPOSITORY, '.dependency-cruiser.mjs');
    const parameters = [program, '--config', rules, '--output-type', 'json', 'src', 'local', 'bench', 'test'];
    const options = { cwd: directory, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, parameters, options, (error, stdout, stderr) => {
      if (stdout === '') fail(error ?? new Error(stderr));
      else done(stdout);
    });
  });
  const { summary } = JSON.parse(report) as {
    summary: { violations: { from: string; to: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, to, rule }) => ({ from, to, rule: rule.name }));
}
