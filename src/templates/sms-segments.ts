import { SegmentedMessage } from 'sms-segments-calculator';
import { memoise } from './memoise.ts';

export interface SegmentCount {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** Billable parts. */
  readonly segments: number;
  /** What counts against a segment: septets in GSM-7, UTF-16 units in UCS-2. */
  readonly length: number;
}

/** Longest body that Twilio takes (error 21617), in UTF-16 units; also keeps the slow calculator fast. */
export const SMS_MAX_LENGTH = 1600;

/** Capacity of one part of several, in the units of its encoding (3GPP TS 23.040, section 9.2.3.24.1). */
const PART_CAPACITY = { 'GSM-7': 153, 'UCS-2': 67 } as const;

/**
 * How a text will be cut and billed. In UCS-2 the extension characters of GSM-7 count one, not two. A text that is
 * longer than an SMS may be (`SMS_MAX_LENGTH`) gets an estimate, because the exact count takes super-linear time.
 */
export function countSegments(text: string): SegmentCount {
  return text.length > SMS_MAX_LENGTH ? estimateSegments(text) : countExactly(text);
}

/** A text is counted again for its warnings, its limits and its preview; one of emoji takes tens of milliseconds. */
const countExactly = memoise(count, { entries: 100, characters: 20_000 });

function count(text: string): SegmentCount {
  const message = new SegmentedMessage(text);
  const encoding = message.encodingName === 'UCS-2' ? 'UCS-2' : 'GSM-7';
  const length = encoding === 'UCS-2' ? text.length : message.numberOfCharacters;
  return { encoding, segments: message.segmentsCount, length };
}

function estimateSegments(text: string): SegmentCount {
  const slices: SegmentCount[] = [];
  for (let start = 0; start < text.length; start += SMS_MAX_LENGTH) {
    slices.push(countSegments(text.slice(start, start + SMS_MAX_LENGTH)));
  }
  const encoding = slices.some((slice) => slice.encoding === 'UCS-2') ? 'UCS-2' : 'GSM-7';
  const length = encoding === 'UCS-2' ? text.length : slices.reduce((sum, slice) => sum + slice.length, 0);
  return { encoding, segments: Math.ceil(length / PART_CAPACITY[encoding]), length };
}
