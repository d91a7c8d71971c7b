import { SegmentedMessage } from 'sms-segments-calculator';
import { MAX_TEXT_LENGTH } from '../domain/message-body.ts';

/**
 * A text with typographic quotes, dashes, blanks and the like replaced by letters of the GSM alphabet, as Twilio's Smart
 * Encoding does; a part of an SMS then holds 153 letters and not 67. Where that is not enough, because of an emoji or
 * another script, or makes the text too long, the text stays exactly as it is.
 */
export function smartEncode(text: string): string {
  // The calculator takes super-linear time.
  if (text.length > MAX_TEXT_LENGTH) return text;
  // It would make two spaces of a no-break one, and seven of a tab.
  const message = new SegmentedMessage(text.replace(/[\t\p{Zs}]/gu, ' '), 'auto', true);
  const encoded = message.graphemes.join('');
  return message.encodingName === 'GSM-7' && encoded.length <= MAX_TEXT_LENGTH ? encoded : text;
}
