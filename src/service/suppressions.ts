import { v7 as uuidv7 } from 'uuid';
import { parseEmail } from '../addresses/email.ts';
import { parsePhone } from '../addresses/phone.ts';
import { addressHash } from '../db/address-hash.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { forgetResponses } from '../db/idempotency-keys.ts';
import type { Sealer } from '../db/sealer.ts';
import {
  type AddressOnChannel,
  deleteSuppression,
  insertSuppression,
  listSuppressions,
  type SuppressionRow,
} from '../db/suppressions.ts';
import { addressHint } from '../domain/address-hint.ts';
import type { Channel } from '../domain/channels.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { notFound, refuseFaults } from './service-error.ts';

/** An address that no message is sent to on a channel; only its hash is stored, so it cannot be shown. */
export interface Suppression {
  readonly id: string;
  readonly channel: Channel;
  readonly reason: string;
  /** What the address looks like, such as `a…@e….com`; null where that is not known. */
  readonly addressHint: string | null;
  readonly createdAt: Date;
}

export interface SuppressionInput {
  readonly channel: Channel;
  readonly address: string;
  readonly reason: string;
}

export interface KeptSuppression {
  readonly suppression: Suppression;
  /** False where the address was suppressed on the channel already; that stays as it is. */
  readonly isNew: boolean;
}

/**
 * Suppresses an address on a channel.
 * @throws {ServiceError} invalid
 */
export async function addSuppression(
  { db, sealer }: ServiceContext,
  { actor }: Caller,
  { channel, address, reason }: SuppressionInput,
  beforeCommit?: BeforeCommit<KeptSuppression>,
): Promise<KeptSuppression> {
  const value = readAddress(channel, address);
  const on = { channel, addressHash: addressHash(sealer, channel, value) };
  return await db.transaction().execute(async (trx) => {
    const id = uuidv7();
    const hintSealed = sealer.seal(addressHint(value), hintContext(id));
    const isNew = (await insertSuppression(trx, { ...on, id, reason, hintSealed })) !== null;
    const suppression = await readSuppression(trx, sealer, on);
    if (isNew) await audit(trx, actor, 'suppression.added', id, { channel, reason });
    await beforeCommit?.(trx, { suppression, isNew });
    return { suppression, isNew };
  });
}

/**
 * Lets an address be used again; only with the consent of its owner.
 * @throws {ServiceError} not_found
 */
export async function liftSuppression({ db }: ServiceContext, { actor }: Caller, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const deleted = await deleteSuppression(trx, id);
    if (deleted === undefined) throw notFound('suppression');
    await forgetResponses(trx, [`/api/suppressions/${id}/`]);
    await audit(trx, actor, 'suppression.lifted', id, { channel: deleted.channel });
  });
}

/** @throws {ServiceError} invalid, where the address is not one, or not one of the channel */
export async function findSuppressions(
  { db, sealer }: ServiceContext,
  { channel, address }: { readonly channel?: Channel | undefined; readonly address?: string | undefined },
  request: PageRequest,
): Promise<PageResult<Suppression>> {
  const filter = {
    ...(channel === undefined ? {} : { channel }),
    ...(address === undefined ? {} : { addresses: readAddresses(sealer, channel, address) }),
  };
  const { items, ...links } = await readPage(request, (page) => listSuppressions(db, filter, page));
  return { items: items.map((row) => openSuppression(sealer, row)), ...links };
}

/** All suppressions of some addresses; few, as there is one for each address and channel at most. */
export async function listSuppressionsOf(
  { db, sealer }: Pick<ServiceContext, 'db' | 'sealer'>,
  addresses: readonly AddressOnChannel[],
): Promise<Suppression[]> {
  const rows = await listSuppressions(db, { addresses }, { limit: addresses.length });
  return rows.map((row) => openSuppression(sealer, row));
}

async function readSuppression(db: Database, sealer: Sealer, on: AddressOnChannel): Promise<Suppression> {
  const [row] = await listSuppressions(db, { addresses: [on] }, { limit: 1 });
  if (row === undefined) throw notFound('suppression');
  return openSuppression(sealer, row);
}

function readAddress(channel: Channel, address: string): string {
  const parsed = channel === 'email' ? parseEmail(address) : parsePhone(address);
  if ('fault' in parsed) refuseFaults([{ pointer: '/address', ...parsed.fault }]);
  return 'value' in parsed ? parsed.value : '';
}

/** Without a channel, a number is looked for on both channels that it can be used on. */
function readAddresses(sealer: Sealer, channel: Channel | undefined, address: string): AddressOnChannel[] {
  const usual: readonly Channel[] = address.includes('@') ? ['email'] : ['sms', 'whatsapp'];
  return (channel === undefined ? usual : [channel]).map((on) => ({
    channel: on,
    addressHash: addressHash(sealer, on, readAddress(on, address)),
  }));
}

function openSuppression(
  sealer: Sealer,
  { id, channel, reason, hint_sealed, created_at }: SuppressionRow,
): Suppression {
  const addressHint = hint_sealed === null ? null : sealer.open<string>(hint_sealed, hintContext(id));
  return { id, channel, reason, addressHint, createdAt: created_at };
}

async function audit(
  db: Database,
  actor: string,
  action: string,
  id: string,
  detail: Record<string, string>,
): Promise<void> {
  await insertAuditEntry(db, { actor, action, resourceType: 'suppression', resourceId: id, detail });
}

function hintContext(id: string): string {
  return `suppressions.hint:${id}`;
}
