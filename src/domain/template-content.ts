import type { Channel } from './channels.ts';
import type { TemplatePolicy } from './policy.ts';
import { DEFAULT_RETENTION } from './retention.ts';

/** How the content of an email template is written. */
export const CONTENT_FORMATS = ['text', 'markdown'] as const;
export type ContentFormat = (typeof CONTENT_FORMATS)[number];

/** What differs in one language; what is left out is as in the default. */
export interface LocaleVariant {
  readonly content?: string;
  readonly subject?: string | null;
  readonly html?: string | null;
}

/** An approved template at WhatsApp, by its Twilio Content SID. */
export interface WhatsappTemplate {
  readonly content_sid: string;
  /** What fills each of its numbered placeholders: Liquid, by number from "1". */
  readonly variables: Readonly<Record<string, string>>;
  readonly category: 'utility' | 'marketing' | 'authentication';
  readonly language: string;
}

export interface SmsOptions {
  /** Replace typographic characters, so that the text fits the GSM alphabet. */
  readonly smart_encoding?: boolean;
  /** From how many segments on a sender is warned. */
  readonly warn_segments?: number;
}

/** Everything that a version of a template fixes. */
export interface TemplateContent {
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  readonly format: ContentFormat;
  /** Name of the layout around an email's body. */
  readonly layout: string | null;
  readonly sms: SmsOptions;
  readonly whatsapp: WhatsappTemplate | null;
  readonly locales: Readonly<Record<string, LocaleVariant>>;
  /** Declarations by name, as the templates room defines them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What a message is about where its template says nothing: something the person has a part in, not advertising. */
export const DEFAULT_CATEGORY = 'transactional';

/** What a template is where its author says nothing. */
export const TEMPLATE_DEFAULTS = {
  ...{ category: DEFAULT_CATEGORY, retention: DEFAULT_RETENTION, policy: null, is_active: true },
  ...{ subject: null, html: null, format: 'text', layout: null, sms: {}, whatsapp: null, locales: {}, variables: {} },
} satisfies Omit<TemplateContent, 'content'> & {
  category: string;
  retention: string;
  policy: TemplatePolicy | null;
  is_active: boolean;
};

/** Longest note on why a version was made, in characters. */
export const MAX_NOTE = 500;

/** From how many segments on a text is worth a warning, where its template says nothing. */
export const WARN_SEGMENTS = 4;

/** Which parts of a template only one channel has. */
export const CHANNEL_FIELDS: Readonly<Record<'subject' | 'html' | 'layout' | 'sms' | 'whatsapp', Channel>> = {
  subject: 'email',
  html: 'email',
  layout: 'email',
  sms: 'sms',
  whatsapp: 'whatsapp',
};
