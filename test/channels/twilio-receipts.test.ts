import fc from 'fast-check';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { parseStatusCallback, verifyTwilioSignature } from '../../src/channels/twilio-receipts.ts';

const AUTH_TOKEN = 'a-token';
const URL_CALLED = 'https://messaging.example.com/api/webhooks/twilio/status/?m=1&a=2';
const BODY = 'MessageSid=SM1&MessageStatus=delivered&To=%2B4915112345678';

function signed(url: string, params: Record<string, string | string[]>): string {
  return getExpectedTwilioSignature(AUTH_TOKEN, url, params);
}

const PARAMS = { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+4915112345678' };
const GENUINE = { authToken: AUTH_TOKEN, signature: signed(URL_CALLED, PARAMS), url: URL_CALLED, body: BODY };

describe('the signature of a webhook', () => {
  it('is accepted where Twilio made it', () => {
    expect(verifyTwilioSignature(GENUINE)).toBe(true);
  });

  it('covers repeated, empty and spaced parameters', () => {
    const signature = signed(URL_CALLED, { A: ['2', '1'], B: '', C: 'x y ' });
    expect(verifyTwilioSignature({ ...GENUINE, signature, body: 'A=2&A=1&B=&C=x+y%20' })).toBe(true);
  });

  it('does not cover the fragment of the URL', () => {
    expect(verifyTwilioSignature({ ...GENUINE, url: `${URL_CALLED}#rc=5&rp=all` })).toBe(true);
  });

  it.each([
    ['a changed body', { body: BODY.replace('delivered', 'failed') }],
    ['an added parameter', { body: `${BODY}&More=1` }],
    ['another query', { url: URL_CALLED.replace('m=1', 'm=9') }],
    ['another scheme', { url: URL_CALLED.replace('https', 'http') }],
    ['another host', { url: URL_CALLED.replace('example.com', 'example.org') }],
    ['another token', { authToken: 'b-token' }],
    ['no token', { authToken: '' }],
    ['no signature', { signature: undefined }],
    ['a relative URL', { url: '/api/webhooks/twilio/status/' }],
  ])('is refused with %s', (_name, change) => {
    expect(verifyTwilioSignature({ ...GENUINE, ...change })).toBe(false);
  });

  it('never throws, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string(), (signature, url, body) => {
        const request = { authToken: AUTH_TOKEN, signature, body };
        expect(verifyTwilioSignature({ ...request, url })).toBe(false);
        expect(verifyTwilioSignature({ ...request, url: `${URL_CALLED}&x=${url}` })).toBe(false);
      }),
    );
  });
});

describe('a status callback', () => {
  it.each([
    ['sent', 'accepted'],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['undelivered', 'undelivered'],
    ['failed', 'undelivered'],
    ['canceled', 'undelivered'],
    ['queued', null],
    ['accepted', null],
    ['sending', null],
    ['scheduled', null],
    ['new-in-2030', null],
  ])('that says %s means %s', (word, status) => {
    const callback = parseStatusCallback(`MessageSid=SM1&MessageStatus=${word}`);
    expect(callback).toMatchObject({ providerMessageId: 'SM1', status });
  });

  it('says why a message was not delivered', () => {
    const callback = parseStatusCallback('MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30006');
    expect(callback?.failure).toMatchObject({ kind: 'unreachable', code: 'twilio_30006' });
  });

  it('may give no reason for a failure', () => {
    const callback = parseStatusCallback('MessageSid=SM1&MessageStatus=failed&ErrorCode=');
    expect(callback?.failure?.code).toBe('twilio_undelivered');
  });

  it('has no failure where the message was delivered', () => {
    expect(parseStatusCallback('MessageSid=SM1&MessageStatus=delivered&ErrorCode=30006')?.failure).toBeNull();
  });

  it('may use the older names of its fields', () => {
    expect(parseStatusCallback('SmsSid=SM1&SmsStatus=sent')).toMatchObject({
      providerMessageId: 'SM1',
      status: 'accepted',
    });
  });

  it('has one key for all of its copies, and another for each status', () => {
    const [sent, again, delivered] = ['sent', 'sent', 'delivered'].map(
      (word) => parseStatusCallback(`MessageSid=SM1&MessageStatus=${word}`)?.dedupeKey,
    );
    expect(again).toBe(sent);
    expect(delivered).not.toBe(sent);
  });

  it.each(['', 'MessageSid=SM1', 'MessageStatus=sent', '{"MessageSid":"SM1"}'])('is not one in %j', (body) => {
    expect(parseStatusCallback(body)).toBeNull();
  });
});
