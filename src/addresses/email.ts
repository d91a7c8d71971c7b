import { domainToASCII } from 'node:url';
import validator from 'validator';
import { addressFault, type ParsedAddress } from './parsed-address.ts';

/** RFC 5321 section 4.5.3.1.3: a path has 256 octets with its brackets. */
const MAX_EMAIL_LENGTH = 254;
/** All of ASCII that stands in no domain name; the URL parser would read some of it as the domain's end. */
const NOT_IN_DOMAIN = /[^A-Za-z0-9.\-\u0080-\u{10ffff}]/u;

/**
 * Reads one bare email address. A domain in another script becomes its ASCII form (RFC 5891); the part before the @
 * stays as it is (RFC 6531). The quoted form (`"a b"@example.com`) is refused: RFC 5321, section 4.1.2, tells mail
 * hosts to avoid it, and mail software disagrees on what it means.
 */
export function parseEmail(text: string): ParsedAddress {
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
  if (!isValid) return addressFault('invalid_email', 'This is not one bare email address such as name@example.com.');
  return { value: ascii };
}
