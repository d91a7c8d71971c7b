import { createPrivateKey, type KeyObject } from 'node:crypto';

export interface DkimOptions {
  /** Domain that mails are signed for. */
  readonly domain: string;
  /** Name of the key in the DNS of that domain. */
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

/** The least that receivers accept (RFC 8301, section 3.2). */
const MIN_BITS = 1024;

/**
 * The options by which nodemailer signs (RFC 6376). It sends mails unsigned, without a word, where it cannot work with a
 * key, so that is found out here.
 * @throws {TypeError} where the key is none that mails can be signed with
 */
export function dkimSigning({ domain, selector, privateKey }: DkimOptions) {
  const key = readKey(privateKey);
  if (key.asymmetricKeyType !== 'rsa') {
    throw new TypeError(`DKIM_PRIVATE_KEY is a key of the type ${key.asymmetricKeyType}; it has to be an RSA key.`);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_BITS)
    throw new TypeError(`DKIM_PRIVATE_KEY has ${bits} bits; at least 1024 are needed, and 2048 are better.`);
  return { domainName: domain, keySelector: selector, privateKey };
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What Node says may quote the key.
    throw new TypeError('DKIM_PRIVATE_KEY is no private key in PEM.');
  }
}
