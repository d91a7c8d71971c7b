import parsePhoneNumber from 'libphonenumber-js/max';
import { addressFault, type ParsedAddress } from './parsed-address.ts';

const MAX_PHONE_LENGTH = 50;

/** What no reader can see (Unicode: format characters and `Default_Ignorable_Code_Point`). */
const INVISIBLE = /[\p{Cf}\p{DI}]/gu;
/** Dashes of any script, with the two signs that Unicode files elsewhere: minus, and the Japanese long-vowel mark. */
const DASHES = /[\p{Pd}\u2212\u30fc]/gu;

/**
 * Reads a phone number as people write it, into E.164. Invisible characters, hyphens of any script and an
 * international prefix `00` or `0+` have a plain meaning; letters do not.
 */
export function parsePhone(text: string): ParsedAddress {
  const plain = text
    .slice(0, MAX_PHONE_LENGTH + 1)
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(DASHES, '-')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\((\+\d+)\)/, '$1 ')
    .replace(/^0+\s*\+/, '+')
    .replace(/^00(?=[1-9])/, '+');
  if (/\p{L}/u.test(plain)) {
    return addressFault('invalid_phone', 'A phone number has no letters; check for a letter O in place of a zero.');
  }
  if (!plain.startsWith('+')) {
    return addressFault('invalid_phone', 'A phone number starts with + and the country code, such as +447911123456.');
  }
  const number = text.length > MAX_PHONE_LENGTH ? undefined : parsePhoneNumber(plain, { extract: false });
  if (number?.isPossible() !== true || number.ext !== undefined) {
    return addressFault('invalid_phone', 'This is not a complete phone number with its country code.');
  }
  return { value: number.number };
}

/**
 * The country of a number (E.164), in two letters (ISO 3166-1), or of one that is not assigned the largest country that
 * has its code; null where it belongs to none.
 */
export function countryOf(phone: string): string | null {
  const number = parsePhoneNumber(phone);
  return number?.country ?? number?.getPossibleCountries()[0] ?? null;
}
