import { expect, test } from 'vitest';
import { CHANNELS } from '../../src/domain/channels.ts';
import { addressOn, type RecipientDetails } from '../../src/domain/recipient.ts';

const NOBODY: RecipientDetails = { externalId: 'customer-7', name: 'Ada', email: null, phone: null, whatsapp: null };

test.each([
  ['email', 'ada@example.com'],
  ['sms', '+12125550100'],
  ['whatsapp', '+12125550199'],
] as const)('a person is reached on %s at the address for that channel', (channel, address) => {
  const person = { ...NOBODY, email: 'ada@example.com', phone: '+12125550100', whatsapp: '+12125550199' };
  expect(addressOn(channel, person)).toBe(address);
});

test('a phone number is not taken for a WhatsApp number', () => {
  expect(addressOn('whatsapp', { ...NOBODY, phone: '+12125550100' })).toBeNull();
});

test.each(CHANNELS)('a person without addresses is not reached on %s', (channel) => {
  expect(addressOn(channel, NOBODY)).toBeNull();
});
