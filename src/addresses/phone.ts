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
  if (holdsTwoNumbers(plain)) {
    return addressFault('invalid_phone', 'These are two phone numbers; give one of them, as a whole.');
  }
  const number = text.length > MAX_PHONE_LENGTH ? undefined : parsePhoneNumber(plain, { extract: false });
  if (number?.ext !== undefined) {
    return addressFault('invalid_phone', 'A message cannot reach an extension; give the phone number without it.');
  }
  if (/\p{L}/u.test(plain)) {
    return addressFault('invalid_phone', 'A phone number has no letters; check for a letter O in place of a zero.');
  }
  if (!plain.startsWith('+')) {
    return addressFault('invalid_phone', 'A phone number starts with + and the country code, such as +447911123456.');
  }
  if (number?.isPossible() !== true) {
    return addressFault('invalid_phone', 'This is not a complete phone number with its country code.');
  }
  return { value: number.number };
}

/**
 * Whether a second number, or other last digits, stand behind a number that is complete by itself: `+49 30 901820 / 21`.
 * A stroke between the parts of one number, as in `+49 30 / 901820`, is none.
 */
function holdsTwoNumbers(text: string): boolean {
  if (text.length > MAX_PHONE_LENGTH || !text.startsWith('+')) return false;
  const places = [...text.matchAll(/[+/,;|&]/g)].map(({ index }) => index).slice(1);
  return places.some((place) => {
    const before = text.slice(0, place).replace(/[\p{L}\s]+$/u, '');
    return parsePhoneNumber(before, { extract: false })?.isPossible() === true;
  });
}

/**
 * The country of a number (E.164), in two letters (ISO 3166-1), or of one that is not assigned the largest country that
 * has its code; null where it belongs to none.
 */
export function countryOf(phone: string): string | null {
  const number = parsePhoneNumber(phone);
  return number?.country ?? number?.getPossibleCountries()[0] ?? null;
}
