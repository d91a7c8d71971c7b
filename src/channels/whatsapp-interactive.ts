import { createHash } from 'node:crypto';
import { parsePhone } from '../addresses/phone.ts';
import type { Interactive } from '../domain/interactive.ts';
import { DeliveryFailure } from './channel.ts';
import type { TwilioClient } from './twilio-client.ts';
import { brokenAnswer } from './twilio-failures.ts';

/** Remembers the content that was made at Twilio for a set of buttons or rows, so that each is made once. */
export interface ContentStore {
  find(hash: Buffer): Promise<string | null>;
  keep(hash: Buffer, contentSid: string): Promise<void>;
  forget(contentSid: string): Promise<void>;
}

/** The variable of a content that holds the id of the button which is one person's alone. */
const PERSONAL_ID = '2';

/** What fills the content of buttons or rows: the text above them, and the id of a personal button. */
export function contentValues(interactive: Interactive, text: string): Record<string, string> {
  const actions = interactive.type === 'quick_reply' ? interactive.actions : [];
  const personal = actions.find(({ isPersonal }) => isPersonal === true);
  return { 1: text, ...(personal !== undefined && { [PERSONAL_ID]: personal.id }) };
}

/**
 * The SID of a content with these buttons or rows, made at Twilio where there is none yet. The text above them is its
 * variable `1`, so that the content itself says nothing to anybody; the id of a personal button is its variable `2`, so
 * that one content does for all.
 * @param accountSid the account that the content belongs to; another one does not know it
 * @throws {DeliveryFailure} never of the kind `uncertain`: no message has been sent
 */
export async function interactiveContentSid(
  client: TwilioClient,
  store: ContentStore | null,
  accountSid: string,
  interactive: Interactive,
): Promise<string> {
  const types = typesOf(interactive);
  const hash = createHash('sha256')
    .update(JSON.stringify([accountSid, types]))
    .digest();
  try {
    const known = (await store?.find(hash)) ?? null;
    if (known !== null) return known;
    const samples = Object.keys(contentValues(interactive, '')).map((name) => [name, 'text'] as const);
    const variables = Object.fromEntries(samples);
    const sid = await create(client, { friendly_name: `keryu-${hash.toString('hex').slice(0, 16)}`, variables, types });
    await store?.keep(hash, sid);
    return sid;
  } catch (error) {
    throw notMade(error);
  }
}

/** Twilio's code for a content that it does not have. */
const UNKNOWN_CONTENT = 'twilio_21655';

/**
 * What a refusal of a message with a content of ours means: where somebody has deleted that at Twilio, it is made anew at
 * the next try.
 * @param contentSid null where the content is the sender's own
 */
export async function afterRefusal(
  store: ContentStore | null,
  contentSid: string | null,
  failure: DeliveryFailure,
): Promise<DeliveryFailure> {
  if (failure.code !== UNKNOWN_CONTENT || contentSid === null) return failure;
  try {
    await store?.forget(contentSid);
  } catch {
    // As long as it is remembered, another try would be refused in the same way.
    return failure;
  }
  const sentence = 'The buttons are no longer at Twilio; they are made anew, and it is tried again.';
  return new DeliveryFailure('transient', failure.code, sentence, { repeats: 1 });
}

async function create(
  client: TwilioClient,
  content: { friendly_name: string; variables: Record<string, string>; types: object },
): Promise<string> {
  // The SDK sends this body as it is, in the names of the API rather than its own.
  const request = { ...content, language: 'en' };
  const { sid } = await client.sdk.content.v1.contents.create(request as never);
  if (!sid) throw brokenAnswer();
  return sid;
}

/** Buttons that may or may not have been made may be made again; what the SDK or the store throws is no more certain. */
function notMade(error: unknown): DeliveryFailure {
  const failure = error instanceof DeliveryFailure ? error : brokenAnswer();
  if (failure.kind !== 'uncertain') return failure;
  return new DeliveryFailure(
    'transient',
    failure.code,
    'The buttons could not be made at Twilio; it is tried again later.',
  );
}

/** As the Content API takes it (https://www.twilio.com/docs/content/content-types-overview), with a text to fall back to. */
function typesOf(interactive: Interactive): Record<string, object> {
  const body = '{{1}}';
  return { ...tappable(interactive, body), 'twilio/text': { body } };
}

function tappable(interactive: Interactive, body: string): Record<string, object> {
  switch (interactive.type) {
    case 'quick_reply': {
      const actions = interactive.actions.map(({ id, title, isPersonal }) => ({
        id: isPersonal === true ? `{{${PERSONAL_ID}}}` : id,
        title,
      }));
      return { 'twilio/quick-reply': { body, actions } };
    }
    case 'list': {
      const items = interactive.items.map(({ id, title, description }) => ({
        id,
        item: title,
        ...(description !== undefined && { description }),
      }));
      return { 'twilio/list-picker': { body, button: interactive.button, items } };
    }
    case 'call_to_action': {
      const actions = interactive.actions.map((action) =>
        action.type === 'url'
          ? { type: 'URL', title: action.title, url: action.url }
          : { type: 'PHONE_NUMBER', title: action.title, phone: e164(action.phone) },
      );
      return { 'twilio/call-to-action': { body, actions } };
    }
    default:
      return interactive satisfies never;
  }
}

/** It has been parsed when the message was accepted. */
function e164(phone: string): string {
  const parsed = parsePhone(phone);
  return 'fault' in parsed ? phone : parsed.value;
}
