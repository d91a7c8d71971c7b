/**
 * Who may import whom. Each room of src/ lists what it may import; what is not listed is forbidden.
 *
 * `rooms` are folders of src/, `files` are single files (regular expressions below src/), `packages` are npm packages
 * (`@scope/*` for a whole scope), `node` is true for every Node module or the list of the allowed ones, and `types`
 * are files of which only types may be imported.
 */
const ROOMS = {
  domain: {},
  addresses: { packages: ['libphonenumber-js', 'validator'], node: ['url'] },
  links: { packages: ['uuid'], node: ['crypto'] },
  templates: {
    rooms: ['domain'],
    packages: ['html-to-text', 'juice', 'liquidjs', 'marked', 'sms-segments-calculator'],
    node: true,
  },
  channels: { rooms: ['domain', 'addresses'], packages: ['nodemailer', 'postal-mime', 'twilio'], node: true },
  workflows: {
    rooms: ['domain'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    types: ['activities/contract\\.ts'],
  },
  activities: {
    rooms: ['domain', 'addresses', 'db', 'links', 'templates', 'telemetry'],
    // The adapters are injected; their interface and its error are all that an activity knows of them.
    files: ['channels/channel\\.ts'],
    packages: ['@temporalio/activity', '@temporalio/common', 'htmlparser2', 'temporal-polyfill', 'uuid'],
    node: true,
  },
  temporal: {
    rooms: ['domain'],
    files: ['workflows/(contract|search-attributes)\\.ts'],
    packages: ['@temporalio/client', '@temporalio/common', '@temporalio/worker'],
    types: ['activities/contract\\.ts'],
    node: true,
  },
  db: { rooms: ['domain'], packages: ['kysely', 'pg', 'uuid'], node: ['crypto', 'fs/promises', 'url'] },
  telemetry: { rooms: ['domain'], packages: ['pino', 'prom-client'], node: true },
  service: {
    rooms: ['domain', 'addresses', 'db', 'links', 'temporal', 'templates', 'telemetry'],
    packages: ['canonicalize', 'p-queue', 'uuid', 'yaml'],
    node: true,
  },
  api: {
    rooms: ['domain', 'service', 'telemetry'],
    files: ['channels/[a-z-]+-(receipts|inbound)\\.ts'],
    packages: ['fastify', '@fastify/*', 'typebox', 'ajv', 'ajv-formats'],
    node: true,
  },
  /** The SMTP face: takes what comes back to the return path. */
  bounces: {
    rooms: ['domain', 'service', 'telemetry'],
    files: ['channels/email-receipts\\.ts'],
    packages: ['smtp-server'],
    node: true,
  },
  console: {
    rooms: ['domain', 'service', 'telemetry'],
    packages: ['fastify', '@fastify/*', 'typebox', 'liquidjs'],
    node: true,
  },
};

/** config.ts, with environment.ts, belongs to no room: only bin puts it together with the rest. */
const CONFIG = { rooms: ['domain'], packages: ['typebox'], node: ['net', 'util'] };

/** Modules that something other than an import uses: processes, the test runner, the database migrator. */
const ENTRY_POINTS = [
  '^src/bin/',
  '^src/db/migrations/',
  '^local/(start|run|test|readme-tables|sandbox/main)\\.ts$',
  '^local/bootstrap\\.cjs$',
  '^bench/',
  '^test/.*\\.test\\.ts$',
  '\\.config\\.ts$',
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(ROOMS).flatMap(([room, allowed]) => whitelist(room, `^src/${room}/`, allowed, `^src/${room}/`)),
    ...whitelist('config', '^src/(config|environment)\\.ts$', CONFIG, '^src/(config|environment)\\.ts$'),
    {
      name: 'bin-imports-only-src-and-packages',
      comment: 'What runs in production takes nothing from local/, bench/ or test/.',
      severity: 'error',
      from: { path: '^src/bin/' },
      to: { pathNot: ['^src/', '(^|/)node_modules/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'bin-is-imported-by-nobody',
      comment: 'A composition root is the end of the line.',
      severity: 'error',
      from: { pathNot: '^(src/bin|local|bench|test)/' },
      to: { path: '^src/bin/' },
    },
    {
      name: 'every-module-has-a-room',
      comment: 'A new folder of src/ needs a line in the table above and in ARCHITECTURE.md.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [`^src/(bin|${Object.keys(ROOMS).join('|')})/`, '^src/(config|environment)\\.ts$'],
      },
      to: {},
    },
    {
      name: 'local-imports-neither-test-nor-bench',
      comment: 'Developing needs neither the tests nor the benchmarks.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'bench-imports-no-test',
      comment: 'The benchmarks run without the test runner.',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-development-packages-in-src',
      comment: 'The image is installed without development packages; types vanish before that.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'A package that only comes with another one can vanish with it: list it in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable-imports',
      comment: 'The imported module does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this module and it imports nothing: remove it or use it.',
      severity: 'error',
      from: { orphan: true, pathNot: ENTRY_POINTS },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/histories/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

/** The rules that together say: modules that match `from` may import what `allowed` lists and `own`, and no more. */
function whitelist(name, from, { rooms = [], files = [], packages = [], node = [], types = [] }, own = '^$') {
  const values = [own, ...rooms.map((room) => `^src/${room}/`), ...files.map(file), ...packages.map(inNodeModules)];
  const typesOnly = types.map(file);
  const builtIn = node === true ? ['^(node:)?[a-z_/0-9]+$'] : node.map((module) => `^(node:)?${module}$`);
  const forbid = (what, to) => ({
    name: `${name}-${what}`,
    comment: `${name} may import only what .dependency-cruiser.mjs lists for it.`,
    severity: 'error',
    from: { path: from },
    to,
  });
  return [
    forbid('imports-only-what-is-listed', {
      pathNot: [...values, ...typesOnly],
      dependencyTypesNot: ['core'],
    }),
    forbid('imports-only-listed-node-modules', { dependencyTypes: ['core'], pathNot: [...builtIn, '^$'] }),
    ...(typesOnly.length === 0
      ? []
      : [forbid('imports-only-types-there', { path: typesOnly, dependencyTypesNot: ['type-only', 'type-import'] })]),
  ];
}

function file(pattern) {
  return `^src/${pattern}$`;
}

function inNodeModules(name) {
  const [scope, plain] = name.startsWith('@') ? name.split('/') : ['', name];
  const types = scope === '' ? `(@types/)?${plain}` : `${scope}/${plain === '*' ? '[^/]+' : plain}`;
  return `(^|/)node_modules/${types}/`;
}
