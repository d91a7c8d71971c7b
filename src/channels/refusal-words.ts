import * as phrases from './refusal-phrases.ts';

/** What the words of a mail server mean. */
export type Refusal = keyof typeof TABLES;

/** Which addresses in the words are whose. */
export interface Parties {
  /** Those that the mail was sent from, in lower case. */
  readonly senders: readonly string[];
  /** Those that it was sent to, in lower case. */
  readonly recipients: readonly string[];
}

const NOBODY: Parties = { senders: [], recipients: [] };

/** What the words are looked for in, in characters: no server says more in earnest. */
const MAX_LENGTH = 4_000;

/**
 * What a mail server says in its own words, which is asked before any of its codes is believed: servers report what they
 * refuse as spam under all codes, and a suppression is not noticed. The first table that fits decides, so what is about
 * us, or passes, comes before what would suppress somebody.
 * @param text a reply, or the text of a report without what is quoted in it
 */
export function refusalIn(text: string, parties: Parties = NOBODY): Refusal | null {
  const words = comparable(text, parties);
  const found = ORDER.find((refusal) => TABLES[refusal].test(words));
  if (found === 'no_domain' && PASSING_DNS.test(words)) return 'unreachable';
  return found ?? (POLICY_LINKS.test(text.slice(0, MAX_LENGTH)) ? 'policy' : null);
}

const TABLES = {
  /** About the address that it was sent from, or about who may write. */
  sender: table(phrases.ABOUT_SENDER),
  rate: table(phrases.RATE),
  full: table(phrases.FULL),
  too_big: table(phrases.TOO_BIG),
  sure_no_mailbox: table(phrases.SURELY_NO_MAILBOX),
  policy: table(phrases.POLICY),
  no_domain: table(phrases.NO_DOMAIN),
  no_mailbox: table(phrases.NO_MAILBOX),
  unreachable: table(phrases.UNREACHABLE),
  trouble: table(phrases.TROUBLE),
  refused: table(phrases.REFUSED_SOMEHOW),
} as const;

const ORDER = Object.keys(TABLES) as Refusal[];

/** The name servers did not answer as they should, so nothing is known of the domain. */
const PASSING_DNS = /try again|\btempor|malformed|unexpected name server|servfail/;

/** A page that explains a refusal names its kind. */
const POLICY_LINKS = /https?:\/\/\S*(?:spam|block|blacklist|reputation|dnsbl|policy|dmarc|unsolicited)/i;

function table(lines: readonly string[]): RegExp {
  return new RegExp(lines.map((line) => `(?:${fold(line)})`).join('|'), 'u');
}

/** Without accents, as half of the servers write. Letters that are joined stay so (Japanese, Korean). */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}

function comparable(text: string, parties: Parties): string {
  const plain = text.slice(0, MAX_LENGTH).normalize('NFKC').toLowerCase();
  return fold(plain)
    .replace(/https?:\/\/\S+|www\.\S+/g, ' ')
    .replace(/[^\s<>()[\]"',;:=@]{1,100}@[\w.-]{1,255}/g, (address) => ` ${roleOf(address, parties)} `)
    .replace(/\(in reply to [^)]{0,40}\)/g, ' ')
    .replace(/[_<>"'`´’*«»]+/g, (marks) => (/^['`´’]$/.test(marks) ? "'" : ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

function roleOf(address: string, { senders, recipients }: Parties): string {
  const plain = address.replace(/\.$/, '');
  if (recipients.includes(plain)) return 'recipient';
  return senders.includes(plain) ? 'sender' : 'address';
}
