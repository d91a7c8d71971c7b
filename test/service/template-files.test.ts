import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createFileShapes } from '../../src/api/template-input.ts';
import type { Database } from '../../src/db/database.ts';
import { findAllLayouts, insertLayout } from '../../src/db/layouts.ts';
import {
  archiveTemplate,
  findAllTemplates,
  holdAllTemplates,
  insertTemplate,
  listVersions,
  lockTemplate,
  type TemplateRow,
  updateTemplate,
} from '../../src/db/templates.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { DEFAULT_RETENTION_RULES } from '../../src/domain/retention.ts';
import { TEMPLATE_DEFAULTS } from '../../src/domain/template-content.ts';
import { exportTemplates } from '../../src/service/export-templates.ts';
import { importTemplates } from '../../src/service/import-templates.ts';
import { contentOf } from '../../src/service/templates.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { untilSomeoneWaitsForALock } from '../db/waiting-for-lock.ts';
import { anyTemplate } from './any-template.ts';

const SHAPES = createFileShapes();
const PLAIN = { ...TEMPLATE_DEFAULTS, name: 'order', channel: 'email', content: 'Hello', is_active: true } as const;
const ORDER = '---\nname: order\nchannel: email\n---\nHello\n';
const LAYOUT = '<main>{{ content }}</main>';

let db: Database;
let close: () => Promise<void>;
let folder: string;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keryu-templates-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await empty();
});

async function empty(): Promise<void> {
  for (const table of ['templates', 'layouts', 'audit_log'] as const) await db.deleteFrom(table).execute();
}

type Stored = Pick<TemplateRow, 'name' | 'channel' | 'content' | keyof typeof TEMPLATE_DEFAULTS>;

async function store(more: Partial<Stored> = {}): Promise<string> {
  const template: Stored = { ...PLAIN, ...more };
  const { name, channel, category, is_active: isActive } = template;
  const words = contentOf(template);
  return await insertTemplate(db, { name, channel, category, isActive }, words, { author: 'ada', note: null });
}

const storeLayout = (name: string, html = LAYOUT) => insertLayout(db, { name, html, author: 'ada' });
const doExport = () => exportTemplates({ db }, folder);
const doImport = ({ note = null as string | null, isDryRun = false } = {}) =>
  importTemplates({ db, retention: DEFAULT_RETENTION_RULES, policy: DEFAULT_POLICY }, SHAPES, folder, {
    note,
    isDryRun,
  });

async function write(files: Record<string, string | Buffer>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

async function filesOf(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(
    paths.sort().map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')]),
  );
  return Object.fromEntries(texts);
}

/** What was done to each file. */
const outcomes = ({ outcomes }: Awaited<ReturnType<typeof doImport>>) =>
  Object.fromEntries(outcomes.map(({ file, outcome }) => [file, outcome]));
/** Each fault as file, pointer and code. */
const faults = ({ faults }: Awaited<ReturnType<typeof doImport>>) =>
  faults.map(({ file, pointer, code }) => [file, pointer, code].filter((word) => word !== '').join(' '));
const names = async () => (await findAllTemplates(db)).map(({ name }) => name).sort();
const only = async () => (await findAllTemplates(db))[0] as TemplateRow;

describe('an export', () => {
  test('writes templates and layouts', async () => {
    await store();
    await storeLayout('company');
    await doExport();
    expect(await filesOf()).toEqual({ 'layouts/company.html': LAYOUT, 'order.email.md': ORDER });
  });

  test('makes the folder where there is none', async () => {
    await store();
    folder = join(folder, 'new/one');
    await doExport();
    expect(Object.keys(await filesOf())).toEqual(['order.email.md']);
    folder = join(folder, '../..');
  });

  test('leaves out what is archived', async () => {
    await archiveTemplate(db, await store());
    await doExport();
    expect(await filesOf()).toEqual({});
  });

  test('says in the order of the files what it has done', async () => {
    await store();
    await store({ name: 'Zebra' });
    await store({ channel: 'sms' });
    await write({ 'order.email.md': ORDER, 'order.sms.md': 'old' });
    expect((await doExport()).outcomes).toEqual([
      { file: 'Zebra.email.md', outcome: 'created' },
      { file: 'order.email.md', outcome: 'unchanged' },
      { file: 'order.sms.md', outcome: 'changed' },
    ]);
  });

  test('does not write what is there already', async () => {
    await store();
    await doExport();
    const path = join(folder, 'order.email.md');
    await utimes(path, 1, 1);
    await doExport();
    expect((await stat(path)).mtimeMs).toBe(1000);
  });

  test('keeps and names the files of templates that are no more', async () => {
    await write({ 'old.sms.md': 'old', 'notes.txt': 'mine' });
    const { leftAlone } = await doExport();
    expect([leftAlone, Object.keys(await filesOf())]).toEqual([['old.sms.md'], ['notes.txt', 'old.sms.md']]);
  });

  test('refuses names that differ in case only, and writes nothing', async () => {
    await store();
    await store({ name: 'Order' });
    const report = await doExport();
    expect([faults(report), await filesOf()]).toEqual([['order.email.md /name name_taken'], {}]);
  });

  test('takes names that differ in case for two channels', async () => {
    await store();
    await store({ name: 'Order', channel: 'sms' });
    expect(faults(await doExport())).toEqual([]);
  });
});

describe('an import', () => {
  test('creates what there is not', async () => {
    await write({ 'order.email.md': ORDER, 'layouts/company.html': LAYOUT });
    expect(outcomes(await doImport())).toEqual({ 'layouts/company.html': 'created', 'order.email.md': 'created' });
  });

  test('stores every field of a file', async () => {
    const head = `name: order
channel: email
category: marketing
is_active: false
subject: Order {{ number }}
html: <p>{{ number }}</p>
layout: company
locales:
  de:
    content: Hallo
variables:
  number: { type: string, required: true, example: "4711" }`;
    await write({ 'order.email.md': `---\n${head}\n---\nHello\n`, 'layouts/company.html': LAYOUT });
    await doImport();
    expect(await only()).toMatchObject({
      ...{ name: 'order', channel: 'email', category: 'marketing', is_active: false, version: 1, content: 'Hello' },
      ...{ subject: 'Order {{ number }}', html: '<p>{{ number }}</p>', format: 'text', layout: 'company' },
      ...{ sms: {}, whatsapp: null, locales: { de: { content: 'Hallo' } } },
      variables: { number: { type: 'string', required: true, example: '4711' } },
    });
  });

  test('makes a new version of what has changed, with the note and its author', async () => {
    const id = await store({ content: 'Old' });
    await write({ 'order.email.md': ORDER });
    await doImport({ note: 'Friendlier' });
    const [newest] = await listVersions(db, id, { limit: 1 });
    expect(newest).toMatchObject({ version: 2, content: 'Hello', author: 'command line', note: 'Friendlier' });
  });

  test('makes a new version of a layout that has changed', async () => {
    await storeLayout('company', `${LAYOUT}old`);
    await write({ 'layouts/company.html': LAYOUT });
    await doImport();
    expect(await findAllLayouts(db)).toMatchObject([{ version: 2, html: LAYOUT }]);
  });

  test('changes what is no content without a new version', async () => {
    await store({ is_active: false, category: 'marketing' });
    await write({ 'order.email.md': ORDER });
    const report = await doImport();
    expect([outcomes(report), await only()]).toMatchObject([
      { 'order.email.md': 'changed' },
      { version: 1, is_active: true, category: 'transactional' },
    ]);
  });

  test('of what is so already makes no new version', async () => {
    await write({ 'order.email.md': ORDER, 'layouts/company.html': LAYOUT });
    await doImport();
    const report = await doImport();
    expect([outcomes(report), (await only()).version, (await findAllLayouts(db))[0]?.version]).toEqual([
      { 'layouts/company.html': 'unchanged', 'order.email.md': 'unchanged' },
      ...[1, 1],
    ]);
  });

  test('of what is so already leaves no trace in the audit log', async () => {
    await store();
    await write({ 'order.email.md': ORDER });
    await doImport();
    expect(await db.selectFrom('audit_log').select('action').execute()).toEqual([]);
  });

  test('is in the audit log', async () => {
    await write({ 'order.email.md': ORDER, 'layouts/company.html': LAYOUT });
    await doImport();
    expect(await db.selectFrom('audit_log').select(['actor', 'action']).orderBy('action').execute()).toEqual([
      { actor: 'command line', action: 'layout.created' },
      { actor: 'command line', action: 'template.created' },
    ]);
  });

  test('leaves alone and names what has no file', async () => {
    await store();
    await store({ name: 'other', channel: 'sms' });
    await storeLayout('company');
    await write({ 'order.email.md': ORDER });
    const { leftAlone } = await doImport();
    expect([leftAlone, await names()]).toEqual([
      ['layouts/company.html', 'other.sms.md'],
      ['order', 'other'],
    ]);
  });

  test('creates a template beside an archived one of its name', async () => {
    await archiveTemplate(db, await store());
    await write({ 'order.email.md': ORDER });
    expect(outcomes(await doImport())).toEqual({ 'order.email.md': 'created' });
  });

  test('warns of what may not be meant in what it stores', async () => {
    await write({ 'order.email.md': ORDER.replace('channel', 'variables: { a: { type: string } }\nchannel') });
    expect((await doImport()).warnings).toMatchObject([
      { file: 'order.email.md', pointer: '/variables/a', code: 'unused_variable' },
    ]);
  });

  test('looks neither at hidden files nor at README.md', async () => {
    await write({ 'order.email.md': ORDER, '.gitattributes': '* -text\n', 'README.md': '# Ours\n' });
    expect(faults(await doImport())).toEqual([]);
  });

  test('of a dry run says what it would do and does nothing', async () => {
    await write({ 'order.email.md': ORDER });
    expect([outcomes(await doImport({ isDryRun: true })), await names()]).toEqual([
      { 'order.email.md': 'created' },
      [],
    ]);
  });

  test('of a folder that does not exist is refused', async () => {
    const nowhere = join(folder, 'none');
    const context = { db, retention: DEFAULT_RETENTION_RULES, policy: DEFAULT_POLICY };
    await expect(importTemplates(context, SHAPES, nowhere, { note: null, isDryRun: false })).rejects.toThrow(
      'There is no such folder',
    );
  });

  test('with a note of more than 500 characters is refused', async () => {
    await expect(doImport({ note: 'x'.repeat(501) })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('while an import is under way', () => {
  test('a change that somebody else has begun is waited for', async () => {
    const id = await store({ content: 'Old' });
    await write({ 'order.email.md': ORDER });
    const report = await db.transaction().execute(async (other) => {
      await lockTemplate(other, id);
      const waiting = doImport();
      await untilSomeoneWaitsForALock(db);
      await updateTemplate(other, id, {
        ...{ name: 'order', category: 'transactional', isActive: true, author: 'ada', note: null },
        content: contentOf(PLAIN),
      });
      return { waiting };
    });
    expect(outcomes(await report.waiting)).toEqual({ 'order.email.md': 'unchanged' });
  });

  test('messages can be made from the templates', async () => {
    await store();
    const referable = await db.transaction().execute(async (trx) => {
      await holdAllTemplates(trx);
      // What a foreign key that refers to a row takes.
      return await db.selectFrom('templates').select('name').forKeyShare().noWait().execute();
    });
    expect(referable).toEqual([{ name: 'order' }]);
  });
});

describe('a layout and the templates that use it', () => {
  const greeting = (more = '') => `---\nname: order\nchannel: email\nlayout: company\n${more}---\nHello\n`;
  const WITH_COMPANY = `${LAYOUT}{{ company }}`;
  const DECLARED = 'variables: { company: { type: string } }\n';

  test('can come together', async () => {
    await write({ 'order.email.md': greeting(), 'layouts/company.html': LAYOUT });
    expect(faults(await doImport())).toEqual([]);
  });

  test('can learn of a variable together', async () => {
    await storeLayout('company');
    await store({ layout: 'company' });
    await write({ 'order.email.md': greeting(DECLARED), 'layouts/company.html': WITH_COMPANY });
    expect(outcomes(await doImport())).toEqual({ 'layouts/company.html': 'changed', 'order.email.md': 'changed' });
  });

  test('have a fault where a template with a file lacks a variable of the layout', async () => {
    await write({ 'order.email.md': greeting(), 'layouts/company.html': WITH_COMPANY });
    expect(faults(await doImport())).toEqual(['order.email.md /variables/company undeclared_variable']);
  });

  test('have a fault where a template without a file lacks a variable of the layout', async () => {
    await storeLayout('company');
    await store({ layout: 'company' });
    await write({ 'layouts/company.html': WITH_COMPANY });
    expect(faults(await doImport())).toEqual(['layouts/company.html /html undeclared_variable']);
  });

  test('have one fault where the file of the layout is faulty', async () => {
    await write({ 'order.email.md': greeting(), 'layouts/company.html': '<main></main>' });
    expect(faults(await doImport())).toEqual(['layouts/company.html /html layout_without_content']);
  });

  test('have a fault where there is no such layout', async () => {
    await write({ 'order.email.md': greeting() });
    expect(faults(await doImport())).toEqual(['order.email.md /layout unknown_layout']);
  });
});

describe('a file with a fault', () => {
  const file = (head: string, content = 'Hello') => `---\nname: order\nchannel: email\n${head}\n---\n${content}\n`;

  test.each([
    ['a field that there is not', file('subjekt: a'), ' /subjekt unknown_field'],
    ['a note', file('note: a'), ' /note unknown_field'],
    ['a wrong type', file('is_active: maybe'), ' /is_active wrong_type'],
    ['an unknown value', file('format: rtf'), ' /format unknown_value'],
    ['a fault inside a field', file('variables: { a: { type: text } }'), ' /variables/a/type unknown_value'],
    ['a NUL character', file('subject: "\\0"'), ' /subject unsafe_text'],
    ['a mistake in Liquid', file('', '{{ a'), ' /content invalid_liquid'],
    ['an undeclared variable', file('', '{{ a }}'), ' /variables/a undeclared_variable'],
    ['nothing to say', file('', ''), ' /content content_empty'],
    ['a field of another channel', file('sms: { warn_segments: 3 }'), ' /sms not_for_channel'],
    ['a mistake in its YAML', file('sms: ['), ' invalid_yaml'],
    ['another name', ORDER.replace('order', 'other'), ' /name not_as_file'],
    ['another channel', ORDER.replace('email', 'sms'), ' /channel not_as_file'],
    ['no name', '---\nchannel: email\n---\nHello\n', ' /name required'],
    ['bytes that are no UTF-8', Buffer.from([0x2d, 0xff]), ' invalid_utf8'],
  ])('has %s', async (_what, text, fault) => {
    await write({ 'order.email.md': text });
    expect(faults(await doImport())).toEqual([`order.email.md${fault}`]);
  });

  test.each([
    'order.md',
    'order.fax.md',
    'order.email.txt',
    '-order.email.md',
    'archive/order.email.md',
    'layouts/a.htm',
    'company.html',
  ])('is called %s', async (name) => {
    await write({ [name]: ORDER });
    expect(faults(await doImport())).toEqual([`${name.replace(/^(archive\/).*/, '$1')} unknown_file`]);
  });

  test('is a layout without words', async () => {
    await write({ 'layouts/company.html': '' });
    expect(faults(await doImport())).toEqual(['layouts/company.html /html too_short']);
  });

  test('keeps every other file from being imported', async () => {
    await write({ 'order.email.md': ORDER, 'layouts/company.html': LAYOUT, 'bad.sms.md': '' });
    await doImport();
    expect([await names(), await findAllLayouts(db)]).toEqual([[], []]);
  });

  test('is named with all of its faults, as is every other', async () => {
    await write({ 'order.email.md': file('a: 1\nb: 2'), 'bad.sms.md': '', 'layouts/company.html': '{%', 'x.y': '' });
    expect(faults(await doImport())).toEqual([
      'bad.sms.md no_front_matter',
      'layouts/company.html /html invalid_liquid',
      'order.email.md /a unknown_field',
      'order.email.md /b unknown_field',
      'x.y unknown_file',
    ]);
  });

  test('is told as the only thing that has happened', async () => {
    await write({ 'order.email.md': ORDER, 'bad.sms.md': '' });
    expect(await doImport()).toMatchObject({ outcomes: [], warnings: [], leftAlone: [] });
  });
});

describe('an export that is imported', () => {
  test('changes nothing where it comes from, and gives the same bytes anywhere', async () => {
    const anyTemplates = fc.uniqueArray(anyTemplate, {
      ...{ minLength: 1, maxLength: 3, selector: ({ name, channel }) => `${name.toLowerCase()}.${channel}` },
    });
    await fc.assert(
      fc.asyncProperty(anyTemplates, async (templates) => {
        await Promise.all([empty(), rm(folder, { recursive: true, force: true })]);
        for (const template of templates) await store(template);
        await doExport();
        const exported = await filesOf();
        const again = await doImport();
        await empty();
        const anew = await doImport();
        await rm(folder, { recursive: true });
        await doExport();
        expect([faults(again), faults(anew)]).toEqual([[], []]);
        expect(new Set(again.outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
        expect(await filesOf()).toEqual(exported);
      }),
      { numRuns: 12 },
    );
  });

  test('gives the layouts byte by byte', async () => {
    const html = `\ufeff---\r\n${LAYOUT}\r\n👩‍👧 مرحبا`;
    await storeLayout('company', html);
    await doExport();
    await empty();
    await doImport();
    expect(await findAllLayouts(db)).toMatchObject([{ html }]);
  });
});
