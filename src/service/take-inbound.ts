import { v7 as uuidv7 } from 'uuid';
import { addressHash } from '../db/address-hash.ts';
import {
  type AnsweredMessage,
  findLastMessageTo,
  findMessageOfProvider,
  findRecipientWith,
  holdMessage,
} from '../db/answered-messages.ts';
import type { Database } from '../db/database.ts';
import { insertInbound } from '../db/inbound-messages.ts';
import { insertEvent } from '../db/message-events.ts';
import { holdRecipient } from '../db/recipients.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { AddressOnChannel } from '../db/suppressions.ts';
import { openWindow } from '../db/whatsapp-windows.ts';
import type { InboundKind, InboundMessage } from '../domain/inbound.ts';
import { acknowledge } from './acknowledge.ts';
import { ACTOR, hasStopped, startAddress, stopAddress } from './consent.ts';
import type { ServiceContext } from './context.ts';

/**
 * How long after a message what its reader writes counts as an answer to it, in days: as long as a WhatsApp reply tells
 * what it quotes (https://www.twilio.com/docs/whatsapp/api#receiving-message-replies).
 */
const ANSWER_DAYS = 7;
/** What is kept in the open of a button's or list item's id, in characters. */
const MAX_CHOICE_LENGTH = 100;

/** What is kept of the id of a button that confirms a message: the token itself would confirm it for whoever reads it. */
const CONFIRMING = 'acknowledge';

/** Who wrote, and what they answer, as far as that is known. */
interface Origin {
  readonly recipientId: string | null;
  readonly messageId: string | null;
}

const UNKNOWN: Origin = { recipientId: null, messageId: null };

/**
 * Keeps what somebody wrote to us, once however often it is delivered: on the message that it answers, as the opening
 * of the WhatsApp window to them, and as their wish to get messages or none. A button that confirms a message does so.
 */
export async function takeInbound(context: ServiceContext, inbound: InboundMessage): Promise<void> {
  const { choice } = inbound.content;
  const token = choice?.id ?? null;
  if (token === null || context.links.read('acknowledge', token) === null) return await keepInbound(context, inbound);
  const content = { ...inbound.content, choice: { id: CONFIRMING, title: choice?.title ?? null } };
  await keepInbound(context, { ...inbound, content });
  await acknowledge(context, token);
}

async function keepInbound({ db, sealer }: ServiceContext, inbound: InboundMessage): Promise<void> {
  const { channel, from, to, provider, providerMessageId } = inbound;
  const on = { channel, addressHash: addressHash(sealer, channel, from) };
  await db.transaction().execute(async (trx) => {
    const { recipientId, messageId } = await holdOrigin(trx, inbound, on);
    const kind: InboundKind = inbound.mayStart && (await hasStopped(trx, on)) ? 'start' : inbound.kind;
    const id = uuidv7();
    const receivedAt = new Date();
    const isNew = await insertInbound(trx, {
      ...{ id, provider, provider_message_id: providerMessageId, channel, kind, address_hash: on.addressHash },
      ...{ recipient_id: recipientId, message_id: messageId, received_at: receivedAt },
      content_sealed: sealer.seal(inbound.content, sealedPlaces.inboundContent(id)),
    });
    if (!isNew) return;
    if (channel === 'whatsapp') await openWindow(trx, { sender: to, addressHash: on.addressHash }, receivedAt);
    if (kind === 'stop') await stopAddress(trx, on);
    if (kind === 'start') await startAddress(trx, on);
    if (messageId === null) return;
    await insertEvent(trx, messageId, { type: 'replied', channel, detail: eventDetail(kind, inbound), actor: ACTOR });
  });
}

/** From here on neither can be erased; whoever has been is not known. Locks as those who erase do: the person first. */
async function holdOrigin(db: Database, inbound: InboundMessage, on: AddressOnChannel): Promise<Origin> {
  const answered = await findAnswered(db, inbound, on);
  const recipientId = answered?.recipient_id ?? (await findRecipientWith(db, on));
  if (recipientId === undefined || !(await holdRecipient(db, recipientId))) return UNKNOWN;
  const isThere = answered !== undefined && (await holdMessage(db, answered.message_id));
  return { recipientId, messageId: isThere ? answered.message_id : null };
}

async function findAnswered(
  db: Database,
  { repliedTo }: InboundMessage,
  on: AddressOnChannel,
): Promise<AnsweredMessage | undefined> {
  const quoted = repliedTo === null ? undefined : await findMessageOfProvider(db, on, repliedTo);
  return quoted ?? (await findLastMessageTo(db, on, ANSWER_DAYS));
}

/** The kind, and which button or list item; never what the person wrote. */
function eventDetail(kind: InboundKind, { content }: InboundMessage): string {
  if (kind !== 'button' && kind !== 'list') return kind;
  const id = content.choice?.id?.replaceAll(/[^\w.:-]+/g, '').slice(0, MAX_CHOICE_LENGTH) ?? '';
  return id === '' ? kind : `${kind} ${id}`;
}
