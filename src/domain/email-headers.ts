/** Headers that a sender may add to an email beside those that begin with `X-`; all others are ours, or mail software's. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['comments', 'importance', 'in-reply-to', 'keywords', 'list-archive', 'list-help', 'list-id', 'list-owner'],
  ...['list-post', 'organization', 'references', 'sensitivity'],
]);

/** Beginnings of headers by which mail software tells where a mail comes from, or what it thinks of it. */
const RESERVED =
  /^x-(mailer|originating|ms-|microsoft|exchange|forefront|google|gm-|gmail|yahoo|spam|virus|received|forwarded|original|sender|envelope|authentication|auth-|barracuda|proofpoint|mimecast|ses-|sg-|mailgun|mandrill|postmark|smtpapi|failed|delivered|loop|autoreply|auto-response|report-abuse|dkim|arc-)/;

/** Why a header may not be added; null where it may. */
export function refuseHeader(name: string, value: string): 'header_not_allowed' | 'invalid_header' | null {
  // RFC 5322, section 2.2: printable ASCII but the colon; what we send is a token (RFC 9110, section 5.6.2).
  if (!/^[A-Za-z0-9-]+$/.test(name) || /[\p{Cc}\u2028\u2029]/u.test(value) || !value.isWellFormed())
    return 'invalid_header';
  const lower = name.toLowerCase();
  const isAllowed = ALLOWED.has(lower) || (/^x-./.test(lower) && !RESERVED.test(lower));
  return isAllowed ? null : 'header_not_allowed';
}
