import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, isUniqueViolation } from '../../src/db/database.ts';
import {
  archiveTemplate,
  findTemplate,
  findTemplatesByName,
  findTemplateVersion,
  findVersion,
  insertTemplate,
  listTemplates,
  listVersions,
  lockTemplate,
  updateTemplate,
} from '../../src/db/templates.ts';
import type { TemplateContent } from '../../src/domain/template-content.ts';
import { openTestDatabase } from './open-test-database.ts';
import { untilSomeoneWaitsForALock } from './waiting-for-lock.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(() => db.deleteFrom('templates').execute());

type NewTemplate = Parameters<typeof insertTemplate>[1];
type Change = Parameters<typeof updateTemplate>[2];

const WORDS: TemplateContent = {
  ...{ content: 'one', subject: 'Subject', html: '<p>one</p>', format: 'text', layout: null, sms: {}, whatsapp: null },
  ...{ locales: { pt: { content: 'um' } }, variables: { name: { type: 'string' } } },
};

async function store(more: Partial<NewTemplate> = {}): Promise<string> {
  const template: NewTemplate = { name: 'order', channel: 'email', category: 'transactional', isActive: true, ...more };
  return await insertTemplate(db, template, WORDS, { author: 'ada', note: null });
}

async function change(id: string, more: Partial<Change> = {}): Promise<void> {
  await updateTemplate(db, id, {
    ...{ name: 'order', category: 'transactional', isActive: true, author: 'bob', note: 'shorter' },
    content: { ...WORDS, content: 'two' },
    ...more,
  });
}

test('a stored template reads back as version one', async () => {
  const id = await store();
  expect(await findTemplate(db, id)).toMatchObject({ id, name: 'order', channel: 'email', version: 1, ...WORDS });
});

describe('a change of content', () => {
  test('makes the next version, which is what the template then shows', async () => {
    const id = await store();
    await change(id);
    expect(await findTemplate(db, id)).toMatchObject({ version: 2, content: 'two' });
  });

  test('leaves the earlier version as it was', async () => {
    const id = await store();
    const first = (await findTemplate(db, id))?.version_id as string;
    await change(id);
    expect(await findTemplateVersion(db, first)).toEqual(WORDS);
  });

  test('waits for another change of the same template', async () => {
    const id = await store();
    const second = await db.transaction().execute(async (first) => {
      await lockTemplate(first, id);
      const waiting = db.transaction().execute((trx) => lockTemplate(trx, id));
      await untilSomeoneWaitsForALock(db);
      await updateTemplate(first, id, {
        ...{ name: 'order', category: 'transactional', isActive: false },
        ...{ author: 'bob', note: null, content: null },
      });
      return { waiting };
    });
    expect(await second.waiting).toMatchObject({ is_active: false });
  });
});

test('a change that has waited for another sees the version that the other has made', async () => {
  const id = await store();
  const waited = await db.transaction().execute(async (first) => {
    await lockTemplate(first, id);
    const waiting = db.transaction().execute((trx) => lockTemplate(trx, id));
    await untilSomeoneWaitsForALock(db);
    await updateTemplate(first, id, {
      ...{ name: 'order', category: 'transactional', isActive: true, author: 'bob', note: null },
      content: { ...WORDS, content: 'two' },
    });
    return { waiting };
  });
  expect(await waited.waiting).toMatchObject({ version: 2, content: 'two' });
});

test('every version is kept with its author and note, the newest first', async () => {
  const id = await store();
  await change(id);
  const versions = await listVersions(db, id, { limit: 10 });
  expect(versions.map(({ version, author, note }) => [version, author, note])).toEqual([
    [2, 'bob', 'shorter'],
    [1, 'ada', null],
  ]);
});

test('an earlier version is found by its number', async () => {
  const id = await store();
  await change(id);
  expect(await findVersion(db, id, 1)).toMatchObject(WORDS);
});

test('a change without content makes no new version', async () => {
  const id = await store();
  await change(id, { isActive: false, content: null });
  expect(await findTemplate(db, id)).toMatchObject({ version: 1, is_active: false, content: 'one' });
});

describe('a name', () => {
  test('cannot be taken twice on one channel', async () => {
    await store();
    const error = await store().catch((reason: unknown) => reason);
    expect(isUniqueViolation(error, 'templates_name_channel')).toBe(true);
  });

  test('cannot be taken by renaming', async () => {
    await store();
    const other = await store({ name: 'invoice' });
    const error = await change(other, { name: 'order' }).catch((reason: unknown) => reason);
    expect(isUniqueViolation(error, 'templates_name_channel')).toBe(true);
  });

  test('stands for one variant on each channel', async () => {
    await store();
    await store({ channel: 'sms' });
    await store({ name: 'invoice' });
    const channels = (await findTemplatesByName(db, 'order')).map(({ channel }) => channel);
    expect(channels.sort()).toEqual(['email', 'sms']);
  });

  test('is free again once its template was archived', async () => {
    await archiveTemplate(db, await store());
    const id = await store();
    expect((await findTemplatesByName(db, 'order')).map((row) => row.id)).toEqual([id]);
  });
});

describe('an archived template', () => {
  test('is not found any more', async () => {
    const id = await store();
    await archiveTemplate(db, id);
    expect([await findTemplate(db, id), await listTemplates(db, { limit: 10 })]).toEqual([undefined, []]);
  });

  test('keeps its versions for the messages that were accepted with it', async () => {
    const id = await store();
    const versionId = (await findTemplate(db, id))?.version_id as string;
    await archiveTemplate(db, id);
    expect(await findTemplateVersion(db, versionId)).toEqual(WORDS);
  });

  test('cannot be archived again', async () => {
    const id = await store();
    expect([await archiveTemplate(db, id), await archiveTemplate(db, id)]).toEqual([true, false]);
  });
});

describe('the list of templates', () => {
  let ids: string[];

  beforeEach(async () => {
    ids = [
      await store({ name: 'welcome', isActive: false }),
      await store({ name: 'order', channel: 'sms' }),
      await store({ name: 'order' }),
    ].reverse();
  });

  async function list(filter: Partial<Parameters<typeof listTemplates>[1]>): Promise<string[]> {
    return (await listTemplates(db, { limit: 10, ...filter })).map(({ id }) => id);
  }

  test('has the newest first', async () => {
    expect(await list({})).toEqual(ids);
  });

  test('can be narrowed to a name', async () => {
    expect(await list({ name: 'order' })).toEqual(ids.slice(0, 2));
  });

  test('can be narrowed to a channel', async () => {
    expect(await list({ channel: 'sms' })).toEqual([ids[1]]);
  });

  test('can be narrowed to those that are not active', async () => {
    expect(await list({ isActive: false })).toEqual([ids[2]]);
  });

  test('continues after the page that ended with an id', async () => {
    expect(await list({ before: ids[0] as string, limit: 1 })).toEqual([ids[1]]);
  });

  test('goes back to the page before one that began with an id', async () => {
    expect(await list({ after: ids[2] as string, limit: 1 })).toEqual([ids[1]]);
  });
});
