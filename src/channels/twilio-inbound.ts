import type {
  InboundChoice,
  InboundContent,
  InboundKind,
  InboundLocation,
  InboundMedia,
  InboundMessage,
} from '../domain/inbound.ts';

/** Whole messages by which people opt out (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out). */
const STOP_WORDS = ['STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL'];
/** The same page; YES is one of them only for somebody who has opted out. */
const START_WORDS = ['START', 'UNSTOP'];
const MAY_START_WORD = 'YES';
const HELP_WORDS = ['HELP', 'INFO'];

const KEYWORDS: ReadonlyMap<string, InboundKind> = new Map([
  ...STOP_WORDS.map((word) => [word, 'stop'] as const),
  ...START_WORDS.map((word) => [word, 'start'] as const),
  ...HELP_WORDS.map((word) => [word, 'help'] as const),
]);
const OPT_OUT_TYPES: ReadonlyMap<string, InboundKind> = new Map([
  ['STOP', 'stop'],
  ['START', 'start'],
  ['HELP', 'help'],
]);

/** The most that one message has (https://www.twilio.com/docs/messaging/api/message-resource). */
const MAX_MEDIA = 10;
const SID = /^\w{1,64}$/;
const ADDRESS = /^(whatsapp:)?(\+?[\w.-]{1,40})$/;
const INBOUND_STATUSES: readonly (string | null)[] = [null, 'received', 'receiving'];

/**
 * Reads what Twilio posts when somebody writes to one of our numbers
 * (https://www.twilio.com/docs/messaging/guides/webhook-request), whose signature has been verified; null where the
 * body is something else. Content that is not as it should be is left out, so that no message is lost for it.
 */
export function parseInbound(body: string): InboundMessage | null {
  const form = new URLSearchParams(body);
  const sid = readSid(form, 'MessageSid') ?? readSid(form, 'SmsSid');
  const [from, to] = [readAddress(form.get('From')), readAddress(form.get('To'))];
  // A status callback that was sent here by mistake is from our own number.
  const isInbound = INBOUND_STATUSES.includes(form.get('MessageStatus') ?? form.get('SmsStatus'));
  if (sid === null || from === null || to === null || from.channel !== to.channel || !isInbound) return null;
  const content = readContent(form);
  const kind = kindOf(form, content);
  return {
    ...{ provider: 'twilio', providerMessageId: sid, channel: from.channel, from: from.value, to: to.value },
    ...{ kind, mayStart: kind === 'text' && keywordIn(content) === MAY_START_WORD },
    isAnswered: readText(form, 'OptOutType') !== null,
    repliedTo: readSid(form, 'OriginalRepliedMessageSid'),
    content,
  };
}

/** What Twilio made of the message goes before what it says. */
function kindOf(form: URLSearchParams, content: InboundContent): InboundKind {
  const optOut = OPT_OUT_TYPES.get(readText(form, 'OptOutType')?.toUpperCase() ?? '');
  if (optOut !== undefined) return optOut;
  if (content.choice !== null) return isListChoice(form) ? 'list' : 'button';
  const keyword = KEYWORDS.get(keywordIn(content));
  if (keyword !== undefined) return keyword;
  if (content.media.length > 0) return 'media';
  return content.location === null ? 'text' : 'location';
}

function keywordIn({ text }: InboundContent): string {
  return text?.trim().toUpperCase() ?? '';
}

function readContent(form: URLSearchParams): InboundContent {
  return {
    text: readText(form, 'Body'),
    profileName: readText(form, 'ProfileName'),
    choice: readChoice(form),
    location: readLocation(form),
    media: readMedia(form),
  };
}

function isListChoice(form: URLSearchParams): boolean {
  return readText(form, 'ListId') !== null || readText(form, 'ListTitle') !== null;
}

function readChoice(form: URLSearchParams): InboundChoice | null {
  const [idName, titleName] = isListChoice(form) ? ['ListId', 'ListTitle'] : ['ButtonPayload', 'ButtonText'];
  const [id, title] = [readText(form, idName), readText(form, titleName)];
  return id === null && title === null ? null : { id, title };
}

function readLocation(form: URLSearchParams): InboundLocation | null {
  const [latitude, longitude] = [readDegrees(form, 'Latitude', 90), readDegrees(form, 'Longitude', 180)];
  if (latitude === null || longitude === null) return null;
  return { latitude, longitude, label: readText(form, 'Label'), address: readText(form, 'Address') };
}

function readDegrees(form: URLSearchParams, name: string, limit: number): number | null {
  const text = readText(form, name);
  const degrees = text === null ? Number.NaN : Number(text);
  return Math.abs(degrees) <= limit ? degrees : null;
}

/** What is there counts, whatever NumMedia says. */
function readMedia(form: URLSearchParams): InboundMedia[] {
  return Array.from({ length: MAX_MEDIA }, (_, index) => {
    const url = readText(form, `MediaUrl${index}`);
    return url === null || !isWebUrl(url) ? [] : [{ url, contentType: readText(form, `MediaContentType${index}`) }];
  }).flat();
}

function isWebUrl(text: string): boolean {
  return /^https?:/i.test(text) && URL.canParse(text);
}

/** Null where there is nothing; without U+0000, which few programs that show it can take. */
function readText(form: URLSearchParams, name: string): string | null {
  const text = form.get(name);
  return text === null || text === '' ? null : text.replaceAll('\0', '\ufffd');
}

function readSid(form: URLSearchParams, name: string): string | null {
  const sid = form.get(name);
  return sid !== null && SID.test(sid) ? sid : null;
}

function readAddress(text: string | null): { channel: InboundMessage['channel']; value: string } | null {
  const [, prefix, value] = ADDRESS.exec(text ?? '') ?? [];
  if (value === undefined) return null;
  if (prefix === undefined) return { channel: 'sms', value };
  // WhatsApp still writes Mexican numbers with the 1 that mobiles had until 2019, which E.164 has no longer.
  return { channel: 'whatsapp', value: value.replace(/^\+521(?=\d{10}$)/, '+52') };
}
