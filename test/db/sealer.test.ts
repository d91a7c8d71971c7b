import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressHash } from '../../src/db/address-hash.ts';
import { createSealer, SealError } from '../../src/db/sealer.ts';

const OLD = { id: '2029', key: randomBytes(32) };
const NEW = { id: '2030-b', key: randomBytes(32) };
const LOOKUP_KEY = randomBytes(32);
const sealer = createSealer([NEW, OLD], LOOKUP_KEY);

describe('a sealed value', () => {
  test('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, context) => {
        const value: unknown = JSON.parse(json);
        expect(sealer.open(sealer.seal(value, context), context)).toEqual(value);
      }),
    );
  });

  test('opens to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (array) => {
        const bytes = Buffer.from(array);
        expect(sealer.openBytes(sealer.sealBytes(bytes, 'here'), 'here')).toEqual(bytes);
      }),
    );
  });

  test('does not show what it holds', () => {
    expect(sealer.seal('a secret sentence', 'here').includes('secret')).toBe(false);
  });

  test('looks different each time', () => {
    expect(sealer.seal('same', 'here')).not.toEqual(sealer.seal('same', 'here'));
  });

  test('does not open once any of its bytes was changed', () => {
    const sealed = sealer.seal({ name: 'Ada' }, 'here');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const changed = Buffer.from(sealed);
        changed[index] = (changed[index] ?? 0) ^ mask;
        expect(() => sealer.open(changed, 'here')).toThrow(SealError);
      }),
      { numRuns: 1000 },
    );
  });

  test('does not open once a part of it is missing', () => {
    const sealed = sealer.seal({ name: 'Ada' }, 'here');
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.open(sealed.subarray(0, length), 'here')).toThrow(SealError);
    }
  });

  test('does not open in another place', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (here, there) => {
        fc.pre(here !== there);
        expect(() => sealer.open(sealer.seal('value', here), there)).toThrow(SealError);
      }),
    );
  });
});

describe('rotating the key', () => {
  const before = createSealer([OLD], LOOKUP_KEY);

  test('leaves what the old key has sealed readable', () => {
    expect(sealer.open(before.seal('value', 'here'), 'here')).toBe('value');
  });

  test('seals with the new key, so that the old one can go one day', () => {
    const after = createSealer([NEW], LOOKUP_KEY);
    expect(after.open(sealer.seal('value', 'here'), 'here')).toBe('value');
  });

  test('does not change the hashes by which values are found', () => {
    expect(sealer.lookupHash('email', 'a@example.com')).toEqual(before.lookupHash('email', 'a@example.com'));
  });
});

describe('a value whose key has left the key ring', () => {
  const orphan = createSealer([OLD], LOOKUP_KEY).seal('a secret sentence', 'messages.body:1');
  const later = createSealer([NEW], LOOKUP_KEY);

  test('does not open, and says where it is stored', () => {
    expect(() => later.open(orphan, 'messages.body:1')).toThrow(/^messages\.body:1 is sealed with a key/);
  });

  test('names no secret', () => {
    const error = catchError(() => later.open(orphan, 'messages.body:1'));
    const secrets = ['secret', NEW.key.toString('base64'), NEW.key.toString('hex'), OLD.key.toString('base64')];
    expect(secrets.filter((secret) => `${error.stack}`.includes(secret))).toEqual([]);
  });
});

test('a key that has the right id but other bytes does not open', () => {
  const other = createSealer([{ id: NEW.id, key: randomBytes(32) }], LOOKUP_KEY);
  expect(() => other.open(sealer.seal('value', 'here'), 'here')).toThrow(SealError);
});

test('an empty key ring is refused', () => {
  expect(() => createSealer([], LOOKUP_KEY)).toThrow(RangeError);
});

test('a key ring with the same id twice is refused, because one key would seal what the other cannot open', () => {
  expect(() => createSealer([NEW, { ...OLD, id: NEW.id }], LOOKUP_KEY)).toThrow(RangeError);
});

describe('a look-up hash', () => {
  test('is the same for the same value', () => {
    expect(sealer.lookupHash('sms', '+12125550100')).toEqual(sealer.lookupHash('sms', '+12125550100'));
  });

  test('differs between kinds', () => {
    expect(sealer.lookupHash('sms', '+12125550100')).not.toEqual(sealer.lookupHash('whatsapp', '+12125550100'));
  });

  test('cannot be computed without the key', () => {
    const other = createSealer([NEW], randomBytes(32));
    expect(other.lookupHash('sms', '+12125550100')).not.toEqual(sealer.lookupHash('sms', '+12125550100'));
  });

  test('finds an email address however it is capitalised', () => {
    expect(addressHash(sealer, 'email', 'Ada@Example.com')).toEqual(addressHash(sealer, 'email', 'ada@example.com'));
  });

  test('keeps the channels of one number apart', () => {
    expect(addressHash(sealer, 'sms', '+12125550100')).not.toEqual(addressHash(sealer, 'whatsapp', '+12125550100'));
  });
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
