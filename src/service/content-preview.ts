import { countryOf } from '../addresses/phone.ts';
import type { Channel } from '../domain/channels.ts';
import { type CostEstimate, estimateSmsCost, type SmsPrices } from '../domain/prices.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import type { SmsOptions } from '../domain/template-content.ts';
import { WARN_SEGMENTS } from '../domain/template-content.ts';
import { countSegments, type SegmentCount } from '../templates/sms-segments.ts';
import type { Warning } from './service-error.ts';

/** What a person would get on one channel. */
export interface ContentPreview {
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  /** What fills the approved template at WhatsApp. */
  readonly whatsapp: { readonly contentSid: string; readonly variables: Readonly<Record<string, string>> } | null;
  /** How a text will be cut and billed. */
  readonly sms: SegmentCount | null;
  /** Null where no price is known, or no number. */
  readonly cost: CostEstimate | null;
}

/** @param phone the number that a text would go to (E.164); null where none is known */
export function previewContent(
  prices: SmsPrices | null,
  channel: Channel,
  rendered: RenderedContent,
  phone: string | null,
): ContentPreview {
  const { text, subject, html, contentSid, contentVariables } = rendered;
  const sms = channel === 'sms' ? countSegments(text) : null;
  const isPriced = sms !== null && prices !== null && phone !== null;
  return {
    ...{ content: text, subject, html, sms },
    whatsapp: contentSid === null ? null : { contentSid, variables: contentVariables ?? {} },
    cost: isPriced ? estimateSmsCost(prices, countryOf(phone), sms.segments) : null,
  };
}

/** A warning where a text is cut into many parts, each of which is billed; none where it is not. */
export function segmentWarnings(text: string, { warn_segments }: SmsOptions, pointer: string): Warning[] {
  const { segments, encoding } = countSegments(text);
  if (segments < (warn_segments ?? WARN_SEGMENTS)) return [];
  const cause = encoding === 'UCS-2' ? ', as it has characters outside the GSM alphabet' : '';
  const message = `The text is cut into ${segments} segments${cause}; each of them is billed.`;
  return [{ pointer, code: 'many_segments', message, channel: 'sms' }];
}
