import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reserveCost } from '../../src/db/daily-costs.ts';
import { type Service, startService } from '../support/service.ts';

/** A British number, and one of the United States. */
const [BRITISH, AMERICAN] = ['+442079460018', '+12025550123'];

let service: Service;

beforeAll(async () => {
  const prices = { currency: 'USD', perSegment: { US: '0.01', GB: '0.04' } };
  const sms = { countries: ['US', 'DE'], sendersByCountry: [], prices, costLimit: '0.03', costLimitPerDay: '1' };
  service = await startService({ rules: { sms } });
});
afterAll(() => service.close());

function text(to: string, more: object = {}) {
  return { recipient: { phone: to, email: 'someone@example.com' }, channel: 'sms', content: 'Hello', ...more };
}

describe('a text is refused while its sender listens', () => {
  test.each([
    ['to a country that is not allowed', text(BRITISH), '/channel', 'country_not_allowed'],
    ['that would cost too much', text(AMERICAN, { content: 'a'.repeat(500) }), '/content', 'cost_limit_message'],
    ['whose cost nobody knows', text('+4930901820'), '/channel', 'cost_unknown'],
  ])('%s', async (_, body, pointer, code) => {
    const { status, json } = await service.send(body);
    expect([status, json.errors]).toEqual([400, [expect.objectContaining({ pointer, code })]]);
  });
});

test('a text that would cost too much is told its cost and the limit', async () => {
  const { json } = await service.send(text(AMERICAN, { content: 'a'.repeat(500) }));
  expect(json.errors[0].message).toContain('would cost 0.04 USD, and one may cost 0.03');
});

test('a fallback to a country that is not allowed is worth a warning', async () => {
  const { status, json } = await service.send({ ...text(BRITISH), channel: 'email', fallback_channels: ['sms'] });
  const warning = { pointer: '/fallback_channels/0', code: 'country_not_allowed' };
  expect([status, json.warnings]).toEqual([201, [expect.objectContaining(warning)]]);
});

test('a change to a channel that may not be used is refused', async () => {
  const body = { ...text(BRITISH), channel: 'email', send_at: '2099-01-01T00:00:00Z' };
  const id = await service.sent(body);
  const { status, json } = await service.request('PUT', `/api/messages/${id}/`, { body: { channel: 'sms' } });
  expect([status, json.errors[0].code]).toEqual([400, 'country_not_allowed']);
});

test('once the texts of the day have cost as much as they may, the next one is told to wait', async () => {
  await spendTheDay();
  const { status, json } = await service.send(text(AMERICAN));
  const later = await service.send(text(AMERICAN, { send_at: '2099-01-01T00:00:00Z' }));
  expect([status, json.code, later.status]).toEqual([409, 'cost_limit_day', 201]);
});

test('a spent day does not hide what is wrong with the message itself', async () => {
  await spendTheDay();
  const { status, json } = await service.send(text(AMERICAN, { expires_at: '2020-01-01T00:00:00Z' }));
  expect([status, json.errors[0].pointer]).toEqual([400, '/expires_at']);
});

/** Reserves all that the texts of today may cost, once. */
async function spendTheDay(): Promise<void> {
  await reserveCost(service.db, { channel: 'sms', currency: 'USD' }, '1', '1');
}
