import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** Tags of DER (X.690, section 8). */
const TAG = { boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, utcTime: 0x17 } as const;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Object identifiers in DER: RFC 5912 (ecdsa-with-SHA256), RFC 5280 (common name, basic constraints, other names). */
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const SUBJECT_ALTERNATIVE_NAME = [0x55, 0x1d, 0x11];

const DAY_MS = 86_400_000;

/** A certificate of 127.0.0.1 that vouches for itself (RFC 5280), valid for a day, and its key; both in PEM. */
export function makeCertificate(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, der(TAG.oid, ECDSA_WITH_SHA256));
  const commonName = der(SEQUENCE, der(TAG.oid, COMMON_NAME), der(TAG.utf8, Buffer.from('Keryu test')));
  const name = der(SEQUENCE, der(SET, commonName));
  const signed = der(
    SEQUENCE,
    // Version 3.
    der(0xa0, der(TAG.integer, [2])),
    der(TAG.integer, [1], randomBytes(8)),
    algorithm,
    name,
    der(SEQUENCE, utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions()),
  );
  const signature = der(TAG.bits, [0], sign('sha256', signed, privateKey));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(der(SEQUENCE, signed, algorithm, signature)),
  };
}

function extensions(): Buffer {
  const isAuthority = der(SEQUENCE, der(TAG.boolean, [0xff]));
  // An `iPAddress` has the tag 7.
  const addresses = der(SEQUENCE, der(0x87, [127, 0, 0, 1]));
  return der(SEQUENCE, extension(BASIC_CONSTRAINTS, isAuthority), extension(SUBJECT_ALTERNATIVE_NAME, addresses));
}

function extension(oid: readonly number[], value: Buffer): Buffer {
  return der(SEQUENCE, der(TAG.oid, oid), der(TAG.octets, value));
}

/** `YYMMDDhhmmssZ` */
function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(TAG.utcTime, Buffer.from(`${digits}Z`));
}

function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
