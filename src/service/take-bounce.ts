import { type BouncedAttempt, findEmailAttempts } from '../db/bounced-attempts.ts';
import type { Bounce, BounceCategory, BounceReferences } from '../domain/bounces.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { DeliveryStatus } from '../domain/statuses.ts';
import { isUuid } from '../domain/uuid.ts';
import type { ServiceContext } from './context.ts';
import { type Receipt, type ReceiptFailure, takeReceipt } from './take-receipt.ts';
import { takeUnverifiedReport } from './unverified-report.ts';

interface Consequence {
  /** Null for what changes nothing. */
  readonly status: DeliveryStatus | null;
  readonly failure?: { readonly kind: FailureKind; readonly sentence: string };
}

const CONSEQUENCES: Readonly<Record<BounceCategory, Consequence>> = {
  hard: bounced('unreachable', 'The email came back: there is no such mailbox; correct the address.'),
  soft: bounced(
    'unreachable',
    'The email came back: the mailbox is full, or its server could not be reached for days.',
  ),
  block: bounced(
    'misconfigured',
    'The email came back: it was refused by policy; check SPF, DKIM, DMARC and the reputation of the sender.',
  ),
  content: bounced('rejected', 'The email came back: it is too big, or its content is not taken.'),
  failed: bounced('unreachable', 'The email came back, and the mail server does not say clearly why.'),
  complaint: {
    status: 'complained',
    failure: { kind: 'opted_out', sentence: 'The person has marked the email as spam; send them no more.' },
  },
  delayed: { status: null },
  relayed: { status: null },
  delivered: { status: 'delivered' },
  other: { status: null },
};

/** What is kept of a mail, in bytes: the reports come first in it, the mail that came back last. */
const KEPT_BYTES = 64_000;

/**
 * Keeps what came back to a return path as a receipt of the attempt whose signed tag it carries. Without such a tag the
 * attempt is looked for by ENVID and by Message-ID, which anybody who has seen the mail may have written down: what such a
 * report says is on the timeline, and nothing follows from it, except that a complaint ends an alert. Nothing is kept of
 * a report that names no attempt of ours.
 * @param raw the mail as it came
 */
export async function takeBounce(context: ServiceContext, bounce: Bounce, raw: Buffer): Promise<void> {
  const { references } = bounce;
  const tagged = readTag(context, references);
  const attempt = await findAttempt(context, tagged === null ? namedAttempts(references) : [tagged]);
  if (attempt === undefined) return context.telemetry.receiptTaken({ provider: 'email', result: 'unknown' });
  if (tagged === null) {
    const { status } = CONSEQUENCES[bounce.category];
    return await takeUnverifiedReport(context, { attemptId: attempt.id, ...bounce, status });
  }
  await takeReceipt(context, receiptOf(attempt, bounce, raw));
}

function receiptOf(attempt: BouncedAttempt, bounce: Bounce, raw: Buffer): Receipt {
  const { category, code } = bounce;
  return {
    ...{ provider: 'email', attemptId: attempt.id, status: CONSEQUENCES[category].status },
    // In angle brackets always, as no other provider writes its ids: nothing else is found by it.
    providerMessageId: attempt.provider_message_id ?? bounce.references.messageIds[0] ?? `<${attempt.id}>`,
    failure: failureOf(bounce),
    ...(category === 'delayed' || category === 'relayed' ? { onTheWay: { type: category, code } } : {}),
    // Servers report again and again that a mail is late, and the webhook and a listener may both get a bounce.
    dedupeKey: ['bounce', attempt.id, 'tag', category, code].join(':'),
    raw: raw.subarray(0, KEPT_BYTES).toString(),
  };
}

function bounced(kind: FailureKind, sentence: string): Consequence {
  return { status: 'bounced', failure: { kind, sentence } };
}

function readTag({ links }: ServiceContext, { returnPathTags }: BounceReferences): string | null {
  for (const tag of returnPathTags) {
    const attemptId = links.readReturnPathTag(tag);
    if (attemptId !== null) return attemptId;
  }
  return null;
}

/** The ids of attempts that ENVID and Message-ID, `<{attempt}@{domain}>`, may hold. */
function namedAttempts({ envelopeIds, messageIds }: BounceReferences): string[] {
  return [...envelopeIds, ...messageIds.map((id) => id.slice(1).split('@', 1)[0] ?? '')].filter(isUuid);
}

async function findAttempt({ db }: ServiceContext, ids: readonly string[]): Promise<BouncedAttempt | undefined> {
  const found = new Map((await findEmailAttempts(db, ids)).map((attempt) => [attempt.id, attempt]));
  return ids.map((id) => found.get(id.toLowerCase())).find((attempt) => attempt !== undefined);
}

function failureOf({ category, code, suppressAfter, isKnown }: Bounce): ReceiptFailure | null {
  const { failure } = CONSEQUENCES[category];
  if (failure === undefined) return null;
  return {
    ...{ ...failure, code },
    ...(suppressAfter !== null && { suppressAfter }),
    ...(isKnown !== undefined && { isKnown }),
  };
}
