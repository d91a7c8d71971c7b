import { domainToASCII } from 'node:url';
import parsePhoneNumber from 'libphonenumber-js/max';
import validator from 'validator';

/** An address that cannot be used, and why. */
export interface AddressFault {
  readonly code: string;
  readonly message: string;
}

type Parsed = { readonly value: string } | { readonly fault: AddressFault };

/** RFC 5321 section 4.5.3.1.3: a path has 256 octets with its brackets. */
const MAX_EMAIL_LENGTH = 254;
const MAX_PHONE_LENGTH = 50;

/** What no reader can see (Unicode: format characters and `Default_Ignorable_Code_Point`). */
const INVISIBLE = /[\p{Cf}\p{DI}]/gu;
/** Dashes of any script, with the two signs that Unicode files elsewhere: minus, and the Japanese long-vowel mark. */
const DASHES = /[\p{Pd}\u2212\u30fc]/gu;
/** All of ASCII that stands in no domain name; the URL parser would read some of it as the domain's end. */
const NOT_IN_DOMAIN = /[^A-Za-z0-9.\-\u0080-\u{10ffff}]/u;

/**
 * Reads a phone number as people write it, into E.164. Invisible characters, hyphens of any script and an
 * international prefix `00` or `0+` have a plain meaning; letters do not.
 */
export function parsePhone(text: string): Parsed {
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
    return fault('invalid_phone', 'A phone number has no letters; check for a letter O in place of a zero.');
  }
  if (!plain.startsWith('+')) {
    return fault('invalid_phone', 'A phone number starts with + and the country code, such as +447911123456.');
  }
  const number = text.length > MAX_PHONE_LENGTH ? undefined : parsePhoneNumber(plain, { extract: false });
  if (number?.isPossible() !== true || number.ext !== undefined) {
    return fault('invalid_phone', 'This is not a complete phone number with its country code.');
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

/**
 * Reads one bare email address. A domain in another script becomes its ASCII form (RFC 5891); the part before the @
 * stays as it is (RFC 6531). The quoted form (`"a b"@example.com`) is refused: RFC 5321, section 4.1.2, tells mail
 * hosts to avoid it, and mail software disagrees on what it means.
 */
export function parseEmail(text: string): Parsed {
  const address = text.trim();
  const at = address.lastIndexOf('@');
  const writtenDomain = address.slice(at + 1);
  const domain = domainToASCII(writtenDomain);
  const ascii = `${address.slice(0, at)}@${domain}`;
  const isValid =
    at > 0 &&
    ascii.length <= MAX_EMAIL_LENGTH &&
    !NOT_IN_DOMAIN.test(writtenDomain) &&
    !/[\p{Cc}\p{Cf}\p{DI}\p{Z}"]/u.test(address) &&
    address.isWellFormed() &&
    validator.isEmail(ascii, { allow_utf8_local_part: true, allow_display_name: false, require_tld: true });
  if (!isValid) return fault('invalid_email', 'This is not one bare email address such as name@example.com.');
  return { value: ascii };
}

function fault(code: string, message: string): Parsed {
  return { fault: { code, message } };
}
