import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import {
  findRecipient,
  findRecipientByExternalId,
  holdRecipient,
  insertRecipient,
  listCandidates,
  listRecipients,
  lockPeople,
  lockRecipient,
  lockRecipientByIdentity,
  updateRecipient,
} from '../../src/db/recipients.ts';
import { openTestDatabase } from './open-test-database.ts';
import { recipientValues, storeRecipient } from './stored.ts';
import { untilSomeoneWaitsForALock } from './waiting-for-lock.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(() => db.deleteFrom('recipients').execute());

describe('storing a recipient', () => {
  test('reads back as it was given', async () => {
    const values = recipientValues({
      ...{ external_id_hash: Buffer.from('external'), email_hash: Buffer.from('email'), locale: 'pt-BR' },
      ...{ phone_hash: Buffer.from('phone'), whatsapp_hash: Buffer.from('whatsapp'), time_zone: 'America/Sao_Paulo' },
    });
    await insertRecipient(db, values);
    expect(await findRecipient(db, values.id)).toEqual({
      ...{ ...values, preferred_channels: [], quiet_hours: null, opt_outs: [] },
      ...{ created_at: expect.any(Date), updated_at: expect.any(Date) },
    });
  });

  test('is refused where one of the same identity is there', async () => {
    const identity = Buffer.from('same');
    await storeRecipient(db, { identity_hash: identity });
    expect(await insertRecipient(db, recipientValues({ identity_hash: identity }))).toBe(false);
  });

  test('succeeds for one of several callers with the same identity at the same moment', async () => {
    const identity = Buffer.from('same');
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => insertRecipient(db, recipientValues({ identity_hash: identity }))),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test('leaves the transaction usable where it was refused', async () => {
    const identity = Buffer.from('same');
    const id = await storeRecipient(db, { identity_hash: identity });
    const found = await db.transaction().execute(async (trx) => {
      await insertRecipient(trx, recipientValues({ identity_hash: identity }));
      return await lockRecipientByIdentity(trx, identity);
    });
    expect(found?.id).toBe(id);
  });
});

test('a recipient is found by its external id', async () => {
  const id = await storeRecipient(db, { external_id_hash: Buffer.from('customer 7') });
  expect((await findRecipientByExternalId(db, Buffer.from('customer 7')))?.id).toBe(id);
});

test('merges into one recipient follow each other', async () => {
  const identity = Buffer.from('same');
  const id = await storeRecipient(db, { identity_hash: identity });
  const merge = () =>
    db.transaction().execute(async (trx) => {
      const row = await lockRecipientByIdentity(trx, identity);
      const details = Buffer.concat([row?.details_sealed ?? Buffer.from(''), Buffer.from('+')]);
      await updateRecipient(trx, { ...recipientValues({ id, identity_hash: identity }), details_sealed: details });
    });
  await Promise.all([merge(), merge(), merge()]);
  expect((await findRecipient(db, id))?.details_sealed.toString()).toBe('sealed+++');
});

test('a change shows, and moves the time of the last change', async () => {
  const id = await storeRecipient(db);
  const before = await findRecipient(db, id);
  await updateRecipient(db, recipientValues({ id, locale: 'nl' }));
  const after = await findRecipient(db, id);
  const isLater = (after?.updated_at ?? 0) > (before?.updated_at ?? 0);
  expect([after?.locale, isLater]).toEqual(['nl', true]);
});

test('a recipient that was erased is not found in any way', async () => {
  const hashes = { identity_hash: Buffer.from('identity'), external_id_hash: Buffer.from('external') };
  const id = await storeRecipient(db, hashes);
  await db.updateTable('recipients').set({ erased_at: sql`now()` }).where('id', '=', id).execute();
  const found = [
    await findRecipient(db, id),
    await findRecipientByExternalId(db, hashes.external_id_hash),
    await lockRecipientByIdentity(db, hashes.identity_hash),
    ...(await listRecipients(db, { limit: 10 })),
  ];
  expect(found).toEqual([undefined, undefined, undefined]);
});

describe('the list of recipients', () => {
  test('has the newest first, in pages forwards and backwards', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(await storeRecipient(db));
    const page = async (at: { before?: string; after?: string }) =>
      (await listRecipients(db, { ...at, limit: 2 })).map(({ id }) => id);
    const [first, second, back] = [
      await page({}),
      await page({ before: ids[1] as string }),
      await page({ after: ids[3] as string }),
    ];
    expect([first, second, back]).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(1, 3)]);
  });

  test.each(['email_hash', 'phone_hash', 'whatsapp_hash', 'external_id_hash'] as const)(
    'can be narrowed to one %s',
    async (column) => {
      const id = await storeRecipient(db, { [column]: Buffer.from('wanted') });
      await storeRecipient(db, { [column]: Buffer.from('other') });
      const hash = { column, value: Buffer.from('wanted') };
      expect((await listRecipients(db, { hash, limit: 10 })).map((row) => row.id)).toEqual([id]);
    },
  );
});

test('the list of recipients can be narrowed to one language tag, in upper or lower case', async () => {
  const id = await storeRecipient(db, { locale: 'pt-BR' });
  await storeRecipient(db, { locale: 'pt' });
  expect((await listRecipients(db, { locale: 'pt-br', limit: 10 })).map((row) => row.id)).toEqual([id]);
});

describe('candidates for a person', () => {
  const [mail, phone] = [Buffer.from('their email'), Buffer.from('their phone')];
  const asked = (more: Parameters<typeof recipientValues>[0] = {}) =>
    recipientValues({ identity_hash: Buffer.from('asked'), email_hash: mail, ...more });
  const found = async (more: Parameters<typeof recipientValues>[0] = {}) =>
    (await listCandidates(db, asked(more))).map(({ id }) => id);

  test('begin with the one of the same identity', async () => {
    await storeRecipient(db, { email_hash: mail });
    const same = await storeRecipient(db, { identity_hash: Buffer.from('asked'), email_hash: mail });
    expect((await found())[0]).toBe(same);
  });

  test('have every address that is given', async () => {
    const both = await storeRecipient(db, { email_hash: mail, phone_hash: phone });
    await storeRecipient(db, { email_hash: mail });
    await storeRecipient(db, { phone_hash: phone });
    expect(await found({ phone_hash: phone })).toEqual([both]);
  });

  test('have no external id where another one is asked for', async () => {
    const without = await storeRecipient(db, { email_hash: mail });
    await storeRecipient(db, { email_hash: mail, external_id_hash: Buffer.from('other') });
    expect(await found({ external_id_hash: Buffer.from('mine') })).toEqual([without]);
  });

  test('are nobody where nothing is given that somebody has', async () => {
    await storeRecipient(db, { email_hash: mail });
    expect(await found({ email_hash: null })).toEqual([]);
  });
});

describe('a lock on people', () => {
  const hash = (name: string) => Buffer.from(name.padEnd(32));
  const people = (...names: string[]) => names.map((name) => recipientValues({ email_hash: hash(name) }));

  test('makes others wait who share one address', async () => {
    const order: string[] = [];
    let second: Promise<unknown> = Promise.resolve();
    await db.transaction().execute(async (trx) => {
      await lockPeople(trx, [recipientValues({ email_hash: hash('one'), phone_hash: hash('two') })]);
      second = db.transaction().execute(async (other) => {
        await lockPeople(other, [recipientValues({ phone_hash: hash('two') })]);
        order.push('second');
      });
      await untilSomeoneWaitsForALock(db);
      order.push('first');
    });
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  test('never ends in a circle, in whatever order the people are named', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const callers = Array.from({ length: 7 }, (_, index) => {
      const order = index % 2 === 0 ? names : [...names].reverse();
      return db.transaction().execute((trx) => lockPeople(trx, people(...order)));
    });
    expect((await Promise.allSettled(callers)).map(({ status }) => status)).toEqual(Array(7).fill('fulfilled'));
  });
});

test('a recipient that is held cannot be locked by another caller until then', async () => {
  const id = await storeRecipient(db);
  const order: string[] = [];
  let locking: Promise<unknown> = Promise.resolve();
  await db.transaction().execute(async (trx) => {
    await holdRecipient(trx, id);
    locking = db.transaction().execute(async (other) => {
      await lockRecipient(other, id);
      order.push('locked');
    });
    await untilSomeoneWaitsForALock(db);
    order.push('held');
  });
  await locking;
  expect(order).toEqual(['held', 'locked']);
});

test('a recipient that was erased cannot be held', async () => {
  const id = await storeRecipient(db);
  await db.updateTable('recipients').set({ erased_at: sql`now()` }).where('id', '=', id).execute();
  expect(await holdRecipient(db, id)).toBe(false);
});

test('a recipient that does not exist is not found', async () => {
  expect(await findRecipient(db, uuidv7())).toBeUndefined();
});
