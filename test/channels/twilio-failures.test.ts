import { describe, expect, it } from 'vitest';
import { TWILIO_REASONS } from '../../src/channels/twilio-codes.ts';
import { answerFailure, brokenAnswer, callbackFailure, connectionFailure } from '../../src/channels/twilio-failures.ts';
import type { FailureKind } from '../../src/domain/failures.ts';

/** Every code of the table by the kind that it has to have. */
const CODES: Record<FailureKind, number[]> = {
  misconfigured: [
    20003, 20005, 20404, 21212, 21408, 21603, 21606, 21608, 21609, 21655, 21659, 21701, 21703, 21704, 21705, 30002,
    30024, 30032, 30033, 30034, 30035, 35118, 63001, 63002, 63007, 63008, 63015, 63020, 63022, 63026, 63027, 63040,
    63041, 63042, 63051,
  ],
  unreachable: [
    21211, 21265, 21612, 21614, 21635, 30004, 30005, 30006, 63003, 63014, 63016, 63024, 63032, 63033, 63049,
  ],
  opted_out: [21610],
  rejected: [
    21266, 21602, 21617, 21620, 21623, 21654, 21656, 21658, 30007, 30019, 35114, 35115, 35117, 35127, 63005, 63013,
    63021, 63028, 63030, 63031, 63034,
  ],
  throttled: [20429, 21611, 30001, 30022, 30023, 30027, 30410, 30450, 35125, 63018, 63038],
  transient: [30003, 30008, 30017, 63009, 63010, 63012, 63017, 63019, 63023],
  uncertain: [20500, 20503],
};

/** Codes whose fault is with the address, by how many such failures it is forgiven (class S, and "S after 2 hits"). */
const SUPPRESSING: Record<number, number[]> = {
  1: [21211, 21265, 21610, 21614, 21635, 30004, 30006, 63003, 63014, 63024, 63033],
  2: [30005],
};

/** Codes that a channel is tried again for only so often. */
const REPEATS: Record<number, number[]> = { 1: [30008, 30410, 30450, 63019, 63023], 2: [30003] };

describe('the table of codes', () => {
  it.each(Object.entries(SUPPRESSING))('suppresses an address at failure %s of these codes only', (after, codes) => {
    const found = Object.keys(TWILIO_REASONS).filter(
      (code) => TWILIO_REASONS[Number(code)]?.suppressAfter === Number(after),
    );
    expect(found.map(Number)).toEqual(codes);
  });

  it.each(Object.entries(REPEATS))('has the channel tried %s more times for these codes only', (repeats, codes) => {
    const found = Object.keys(TWILIO_REASONS).filter(
      (code) => TWILIO_REASONS[Number(code)]?.repeats === Number(repeats),
    );
    expect(found.map(Number)).toEqual(codes);
  });

  it.each(Object.entries(CODES))('has the %s ones as such', (kind, codes) => {
    const found = Object.keys(TWILIO_REASONS).filter((code) => TWILIO_REASONS[Number(code)]?.kind === kind);
    expect(found.map(Number)).toEqual(codes.toSorted((a, b) => a - b));
  });

  it('says in one line what happened and what to do', () => {
    for (const { sentence } of Object.values(TWILIO_REASONS)) expect(sentence).toMatch(/^[A-Z][^\n]+[;,] [^\n]+\.$/);
  });
});

describe('an answer of Twilio', () => {
  it.each([
    [400, { code: 21610 }, 'opted_out', 'twilio_21610'],
    [400, { code: 29999 }, 'rejected', 'twilio_29999'],
    [400, '<html>', 'rejected', 'twilio_http_400'],
    [401, { code: 20003 }, 'misconfigured', 'twilio_20003'],
    [403, null, 'misconfigured', 'twilio_http_403'],
    [404, '', 'misconfigured', 'twilio_http_404'],
    [302, '', 'misconfigured', 'twilio_http_302'],
    [429, { code: 20429 }, 'throttled', 'twilio_20429'],
    [429, '', 'throttled', 'twilio_http_429'],
    [500, { code: 20500 }, 'uncertain', 'twilio_20500'],
    [500, { code: 21211 }, 'uncertain', 'twilio_21211'],
    [502, '<html>', 'uncertain', 'twilio_http_502'],
    [503, '', 'uncertain', 'twilio_http_503'],
    [400, { type: 'about:blank', title: 'Bad', status: 400, code: 21211 }, 'unreachable', 'twilio_21211'],
  ])('of %i with %j is %s', (status, body, kind, code) => {
    expect(answerFailure(status, body, undefined)).toMatchObject({ kind, code });
  });

  it.each([
    [400, { code: 21211 }, true],
    [400, { code: 29999 }, false],
    [400, '<html>', false],
    [422, null, false],
    [404, '', true],
    [502, '<html>', true],
    [500, { code: 29999 }, false],
  ])('of %i with %j is known: %s', (status, body, isKnown) => {
    expect(answerFailure(status, body, undefined).isKnown).toBe(isKnown);
  });

  it('is taken at its word about when to come back', () => {
    expect(answerFailure(429, { code: 20429 }, '7').retryAfterSeconds).toBe(7);
  });

  it('may name a date to come back at', () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    expect(answerFailure(429, '', date).retryAfterSeconds).toBeCloseTo(60, -1);
  });

  it.each([undefined, '', 'soon'])('leaves the delay to us with a Retry-After of %j', (header) => {
    expect(answerFailure(429, '', header).retryAfterSeconds).toBeNull();
  });

  it('has the delay of the table where it names none', () => {
    expect(answerFailure(400, { code: 21611 }, undefined).retryAfterSeconds).toBe(300);
  });

  it('is uncertain where it cannot be understood', () => {
    expect(brokenAnswer()).toMatchObject({ kind: 'uncertain', code: 'twilio_bad_response' });
  });
});

describe('a connection to Twilio', () => {
  it.each([
    [{ code: 'ECONNREFUSED', syscall: 'connect' }, 'transient', 'twilio_connection_refused'],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'transient', 'twilio_connection_refused'],
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'transient', 'twilio_dns'],
    [{ code: 'EAI_AGAIN' }, 'transient', 'twilio_dns'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'transient', 'twilio_tls'],
    [{ code: 'ECONNABORTED' }, 'uncertain', 'twilio_timeout'],
    [{ code: 'ETIMEDOUT' }, 'uncertain', 'twilio_timeout'],
    [{ code: 'ECONNRESET' }, 'uncertain', 'twilio_connection_reset'],
    [{ code: 'ERR_BAD_RESPONSE' }, 'uncertain', 'twilio_bad_response'],
    [undefined, 'uncertain', 'twilio_bad_response'],
  ])('that fails with %j is %s', (error, kind, code) => {
    expect(connectionFailure(error)).toMatchObject({ kind, code });
  });
});

describe('a status callback', () => {
  it('means by a code what an answer means by it', () => {
    expect(callbackFailure(63016)).toMatchObject({ kind: 'unreachable', code: 'twilio_63016' });
  });

  it('has the channel tried once more where its code is unknown, and says that it is', () => {
    expect(callbackFailure(39999)).toMatchObject({
      ...{ kind: 'throttled', code: 'twilio_39999', repeats: 1, isKnown: false },
      sentence: expect.stringContaining('not known here'),
    });
  });

  it('may have no code', () => {
    expect(callbackFailure(null)).toMatchObject({ kind: 'unreachable', code: 'twilio_undelivered' });
  });
});
