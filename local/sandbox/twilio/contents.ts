import { randomBytes } from 'node:crypto';
import { type ApprovalStatus, CONTENT_RULES } from '../magic-contents.ts';

/** What a client gives in order to make a content. */
export interface ContentDefinition {
  readonly friendlyName: string | null;
  readonly language: string;
  /** Samples for the placeholders, which take the place of values that a message does not give. */
  readonly variables: Readonly<Record<string, string>>;
  /** By the name of the type, such as `twilio/text`. */
  readonly types: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Content extends ContentDefinition {
  readonly sid: string;
  readonly createdAt: Date;
}

/** What WhatsApp says about a content. */
export interface Approval {
  readonly name: string;
  readonly category: string;
  readonly status: ApprovalStatus;
  readonly rejectionReason: string;
}

export interface ContentStore {
  create(definition: ContentDefinition): Content;
  /** Also one that was never made here, unless magic-contents.ts says that there is none. */
  find(sid: string): Content | null;
  remove(sid: string): void;
  newestFirst(): Content[];
  /** Hands a content to WhatsApp; false where that was done before, because what was submitted cannot be changed. */
  submit(sid: string, name: string, category: string): boolean;
  approval(sid: string): Approval;
}

export interface ContentStoreOptions {
  /** How many contents are kept; the oldest go first. */
  readonly capacity: number;
  /** How long a submitted content is `received`, and then `pending`, before WhatsApp has decided. */
  readonly approvalDelayMs: number;
}

const CONTENT_SID = /^HX[0-9a-fA-F]{32}$/;
const UNSUBMITTED: Approval = { name: '', category: '', status: 'unsubmitted', rejectionReason: '' };
const REJECTION = 'The sandbox rejects what is named so.';

/** Names of templates that end in one of these are not approved. */
const DECISIONS: readonly ApprovalStatus[] = ['rejected', 'paused', 'disabled', 'pending'];

interface Submission {
  readonly name: string;
  readonly category: string;
  readonly at: number;
}

export function createContentStore({ capacity, approvalDelayMs }: ContentStoreOptions): ContentStore {
  const contents = new Map<string, Content>();
  const submissions = new Map<string, Submission>();
  const removed = new Set<string>();
  return {
    create(definition) {
      const content = { ...definition, sid: `HX${randomBytes(16).toString('hex')}`, createdAt: new Date() };
      contents.set(content.sid, content);
      const oldest = contents.keys().next();
      if (contents.size > capacity && !oldest.done) contents.delete(oldest.value);
      return content;
    },
    find: (sid) => contents.get(sid) ?? (removed.has(sid) ? null : unmade(sid)),
    remove(sid) {
      contents.delete(sid);
      submissions.delete(sid);
      removed.add(sid);
    },
    newestFirst: () => [...contents.values()].reverse(),
    submit(sid, name, category) {
      if (submissions.has(sid) || !contents.has(sid)) return false;
      submissions.set(sid, { name, category, at: Date.now() });
      return true;
    },
    approval(sid) {
      const submission = submissions.get(sid);
      if (submission !== undefined) return progress(submission, approvalDelayMs);
      return contents.has(sid) ? UNSUBMITTED : approvalOfUnmade(sid);
    },
  };
}

/** What stands for a content that was never made here: its text is its variables. */
function unmade(sid: string): Content | null {
  if (!CONTENT_SID.test(sid) || ruleOf(sid)?.status === null) return null;
  return {
    ...{ sid, friendlyName: nameOf(sid), language: 'en', variables: {}, createdAt: new Date(0) },
    types: { 'twilio/text': { body: null } },
  };
}

function approvalOfUnmade(sid: string): Approval {
  const status = ruleOf(sid)?.status ?? 'approved';
  if (status === 'unsubmitted') return UNSUBMITTED;
  return { name: nameOf(sid), category: 'UTILITY', status, rejectionReason: status === 'rejected' ? REJECTION : '' };
}

function progress({ name, category, at }: Submission, delayMs: number): Approval {
  const passed = Date.now() - at;
  const decision = DECISIONS.find((status) => name.endsWith(`_${status}`)) ?? 'approved';
  const underWay = passed < delayMs ? 'received' : 'pending';
  const status = passed < 2 * delayMs ? underWay : decision;
  return { name, category, status, rejectionReason: status === 'rejected' ? REJECTION : '' };
}

function ruleOf(sid: string) {
  return CONTENT_RULES.find(({ ending }) => sid.endsWith(ending));
}

function nameOf(sid: string): string {
  return `sandbox_${sid.slice(-4).toLowerCase()}`;
}
