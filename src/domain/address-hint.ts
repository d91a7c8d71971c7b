/**
 * What an address looks like, for people who know it already: `a…@e….com` of an email address, `+1…21` of a phone
 * number.
 */
export function addressHint(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 0) return `${address.slice(0, 2)}…${address.slice(-2)}`;
  const domain = address.slice(at + 1);
  return `${firstOf(address)}…@${firstOf(domain)}…${domain.slice(domain.lastIndexOf('.'))}`;
}

function firstOf(text: string): string {
  return [...text][0] ?? '';
}
