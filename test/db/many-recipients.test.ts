import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { insertRecipients, listSought, type Sought, updateRecipients } from '../../src/db/many-recipients.ts';
import { findRecipient, holdRecipient, lockRecipient, type RecipientHashes } from '../../src/db/recipients.ts';
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

const hash = (text: string) => Buffer.from(text);
const person = (more: Partial<RecipientHashes>): RecipientHashes => ({
  ...{ identity_hash: hash(uuidv7()), external_id_hash: null, email_hash: null, phone_hash: null, whatsapp_hash: null },
  ...more,
});
const find = async (sought: Partial<Sought>) => {
  const rows = await listSought(db, { ids: [], externalIdHashes: [], people: [], ...sought }, false);
  return rows.map(({ id }) => id);
};

describe('people are found', () => {
  test('by id, by external id and by identity, each once', async () => {
    const byId = await storeRecipient(db);
    const byExternalId = await storeRecipient(db, { external_id_hash: hash('external') });
    const byIdentity = await storeRecipient(db, { identity_hash: hash('identity') });
    await storeRecipient(db);
    const sought = {
      ...{ ids: [byId, byId], externalIdHashes: [hash('external')] },
      people: [person({ identity_hash: hash('identity') }), person({ identity_hash: hash('identity') })],
    };
    expect(await find(sought)).toEqual([byId, byExternalId, byIdentity]);
  });

  test.each([
    ['email', { email_hash: hash('1') }],
    ['phone', { phone_hash: hash('2') }],
    ['WhatsApp', { whatsapp_hash: hash('3') }],
    ['all addresses', { email_hash: hash('1'), phone_hash: hash('2'), whatsapp_hash: hash('3') }],
  ])('by %s', async (_what, addresses) => {
    const id = await storeRecipient(db, { email_hash: hash('1'), phone_hash: hash('2'), whatsapp_hash: hash('3') });
    await storeRecipient(db, { email_hash: hash('4'), phone_hash: hash('4'), whatsapp_hash: hash('4') });
    expect(await find({ people: [person(addresses)] })).toEqual([id]);
  });

  test('only where every given address is theirs', async () => {
    await storeRecipient(db, { email_hash: hash('1'), phone_hash: hash('2') });
    expect(await find({ people: [person({ email_hash: hash('1'), phone_hash: hash('3') })] })).toEqual([]);
  });

  test('not by an address where both have an external id', async () => {
    await storeRecipient(db, { external_id_hash: hash('a'), email_hash: hash('1') });
    const sought = person({ external_id_hash: hash('b'), email_hash: hash('1') });
    expect(await find({ people: [sought] })).toEqual([]);
  });

  test('never once they are erased', async () => {
    const id = await storeRecipient(db, { email_hash: hash('1'), identity_hash: hash('i') });
    await db.updateTable('recipients').set({ erased_at: new Date() }).execute();
    expect(await find({ ids: [id], people: [person({ identity_hash: hash('i'), email_hash: hash('1') })] })).toEqual(
      [],
    );
  });

  test('two at most where many have the address', async () => {
    for (let count = 0; count < 5; count += 1) await storeRecipient(db, { phone_hash: hash('shared') });
    expect(await find({ people: [person({ phone_hash: hash('shared') })] })).toHaveLength(2);
  });
});

test('who is locked can be written to by others but not erased', async () => {
  const id = await storeRecipient(db);
  const erasing = await db.transaction().execute(async (trx) => {
    await listSought(trx, { ids: [id], externalIdHashes: [], people: [] }, true);
    expect(await holdRecipient(db, id)).toBe(true);
    const erasing = db.transaction().execute((other) => lockRecipient(other, id));
    await untilSomeoneWaitsForALock(db);
    return { done: erasing };
  });
  expect((await erasing.done)?.id).toBe(id);
});

test('many are stored and changed as each would be', async () => {
  const people = ['en', null, 'pt-BR'].map((locale) =>
    recipientValues({ locale, email_hash: hash(`mail of ${locale}`), details_sealed: Buffer.from([0, 1, 255]) }),
  );
  await insertRecipients(db, people);
  const changed = people.map((values) => ({ ...values, locale: 'de', details_sealed: Buffer.from('other') }));
  await updateRecipients(db, changed.slice(1));
  const stored = await Promise.all(people.map(({ id }) => findRecipient(db, id)));
  expect(stored).toMatchObject([people[0], changed[1], changed[2]]);
});

test('nobody is stored or changed where nobody is given', async () => {
  await insertRecipients(db, []);
  await updateRecipients(db, []);
  expect(await find({})).toEqual([]);
});
