import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
/** NIST SP 800-38D section 8.2: 96-bit nonces; 128-bit tags. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed value cannot be opened: it was tampered with, or its key has left the key ring. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/**
 * Encrypts personal data before it is stored. `context` names the place that a value is stored in, such as
 * `messages.body:{id}`; a value copied to another place does not open.
 */
export interface Sealer {
  seal(value: unknown, context: string): Buffer;
  sealBytes(bytes: Buffer, context: string): Buffer;
  /** @throws {SealError} */
  open<T>(sealed: Buffer, context: string): T;
  /** @throws {SealError} */
  openBytes(sealed: Buffer, context: string): Buffer;
  /** The hash by which a value is found again; `kind` keeps equal texts of different kinds apart. */
  lookupHash(kind: string, value: string): Buffer;
}

/** A sealer that keeps the hashes that it has made, for work that asks for the same ones again and again. */
export function rememberHashes(sealer: Sealer): Sealer {
  const known = new Map<string, Buffer>();
  return {
    ...sealer,
    lookupHash(kind, value) {
      const name = `${kind}\0${value}`;
      const hash = known.get(name) ?? sealer.lookupHash(kind, value);
      known.set(name, hash);
      return hash;
    },
  };
}

/**
 * @param keys the first one seals, every one opens, so that a key can be rotated by putting a new one in front
 * @throws {RangeError} where the key ring is empty or two keys have one id: what one sealed, the other would not open
 */
export function createSealer(keys: readonly { id: string; key: Buffer }[], lookupKey: Buffer): Sealer {
  // Prepared once: Node takes several times as long to prepare a key as to use it.
  const prepared = keys.map(({ id, key }) => ({ id, key: createSecretKey(key) }));
  const lookupSecret = createSecretKey(lookupKey);
  const [current] = prepared;
  if (current === undefined) throw new RangeError('The key ring is empty.');
  const ring = new Map(prepared.map(({ id, key }) => [id, key]));
  if (ring.size < keys.length) throw new RangeError('Two keys of the key ring have the same id.');

  function sealBytes(bytes: Buffer, context: string): Buffer {
    const { id, key } = current as { id: string; key: KeyObject };
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context));
    const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([Buffer.from([id.length]), Buffer.from(id), nonce, cipher.getAuthTag(), encrypted]);
  }

  function openBytes(sealed: Buffer, context: string): Buffer {
    const idEnd = 1 + (sealed[0] ?? 0);
    const key = ring.get(sealed.subarray(1, idEnd).toString());
    if (key === undefined) throw new SealError(`${context} is sealed with a key that is not in the key ring.`);
    const nonce = sealed.subarray(idEnd, idEnd + NONCE_BYTES);
    const tag = sealed.subarray(idEnd + NONCE_BYTES, idEnd + NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed.subarray(idEnd + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch {
      throw new SealError(`${context} does not open: it was changed, or belongs elsewhere.`);
    }
  }

  return {
    sealBytes,
    openBytes,
    seal: (value, context) => sealBytes(Buffer.from(JSON.stringify(value)), context),
    open: (sealed, context) => JSON.parse(openBytes(sealed, context).toString()),
    lookupHash: (kind, value) => createHmac('sha256', lookupSecret).update(`${kind}\0${value}`).digest(),
  };
}
