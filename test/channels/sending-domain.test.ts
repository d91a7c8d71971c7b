import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkEmailSender, checkSendingDomain, type SendingDomain } from '../../src/channels/sending-domain.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const PUBLIC_KEY = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');

const DOMAIN: SendingDomain = {
  ...{ from: 'mail.example.com', returnPath: 'bounces.example.com' },
  dkim: { domain: 'example.com', selector: 'key1', privateKey },
};

const RECORDS: Record<string, string[]> = {
  'bounces.example.com': ['site-verification=1', 'v=spf1 include:_spf.example.net -all'],
  'key1._domainkey.example.com': [`v=DKIM1; k=rsa; p=${PUBLIC_KEY}`],
  '_dmarc.mail.example.com': ['v=DMARC1; p=reject; rua=mailto:reports@example.com'],
};

async function statesOf(
  records: Record<string, string[]>,
  domain: Partial<SendingDomain> = {},
): Promise<Record<string, string>> {
  const lookUp = async (name: string) => ({ ...RECORDS, ...records })[name] ?? [];
  const checks = await checkSendingDomain({ ...DOMAIN, ...domain }, lookUp);
  return Object.fromEntries(checks.map(({ name, state }) => [name, state]));
}

test('a domain that publishes all three is all right', async () => {
  expect(await statesOf({})).toEqual({ spf: 'ok', dkim: 'ok', dmarc: 'ok' });
});

test('a DNS that does not answer says nothing against the domain', async () => {
  const checks = await checkSendingDomain(DOMAIN, async () => {
    throw new Error('queryTxt ETIMEOUT');
  });
  expect(checks.map(({ state }) => state)).toEqual(['warning', 'warning', 'warning']);
});

describe('the sender', () => {
  test.each([
    ['takes mail', ['mx.example.com'], 'ok'],
    ['takes no mail, having no host', [], 'warning'],
    ['takes no mail, as it says itself (null MX)', [''], 'warning'],
  ])('of a domain that %s', async (_, hosts, state) => {
    expect(await checkEmailSender('example.com', async () => hosts)).toMatchObject({ name: 'sender', state });
  });
});

describe('SPF', () => {
  test.each([
    ['is missing', [], 'warning'],
    ['stands twice', ['v=spf1 a -all', 'v=spf1 mx -all'], 'wrong'],
    ['lets everybody send', ['v=spf1 +all'], 'warning'],
    ['lets everybody send by default', ['v=spf1 mx all'], 'warning'],
    ['is written in capitals', ['V=SPF1 MX ~ALL'], 'ok'],
    ['only looks like one', ['v=spf10 -all'], 'warning'],
  ])('that %s', async (_, records, state) => {
    expect(await statesOf({ 'bounces.example.com': records })).toMatchObject({ spf: state });
  });
});

describe('DKIM', () => {
  test('a key that is not published is wrong, and the record to publish is told', async () => {
    const checks = await checkSendingDomain(DOMAIN, async () => []);
    expect(checks.find(({ name }) => name === 'dkim')).toMatchObject({
      state: 'wrong',
      sentence: expect.stringContaining(`p=${PUBLIC_KEY}`),
    });
  });

  test.each([
    ['another key', ['v=DKIM1; p=MIIBIjANBg'], 'wrong'],
    ['a revoked key', ['v=DKIM1; p='], 'wrong'],
    ['the key in pieces', [`v=DKIM1; k=rsa; p=${PUBLIC_KEY.slice(0, 200)} ${PUBLIC_KEY.slice(200)}`], 'ok'],
  ])('published is %s', async (_, records, state) => {
    expect(await statesOf({ 'key1._domainkey.example.com': records })).toMatchObject({ dkim: state });
  });

  test('a signature of a stranger does not count for the sender', async () => {
    const dkim = { domain: 'relay.example.net', selector: 'key1', privateKey };
    const records = { 'key1._domainkey.relay.example.net': [`p=${PUBLIC_KEY}`] };
    expect(await statesOf(records, { dkim })).toMatchObject({ dkim: 'warning' });
  });

  test('mails that are not signed here are worth a warning', async () => {
    expect(await statesOf({}, { dkim: null })).toMatchObject({ dkim: 'warning' });
  });
});

describe('DMARC', () => {
  test.each([
    ['mail.example.com', 'example.com'],
    ['news.shop.example.co.uk', 'example.co.uk'],
  ])('of %s may be that of %s', async (from, parent) => {
    const records = { '_dmarc.mail.example.com': [], [`_dmarc.${parent}`]: ['v=DMARC1; p=none'] };
    expect(await statesOf(records, { from })).toMatchObject({ dmarc: 'ok' });
  });

  test.each([
    ['is missing', [], 'warning'],
    ['names no policy', ['v=DMARC1; rua=mailto:reports@example.com'], 'wrong'],
  ])('that %s', async (_, records, state) => {
    expect(await statesOf({ '_dmarc.mail.example.com': records })).toMatchObject({ dmarc: state });
  });
});
