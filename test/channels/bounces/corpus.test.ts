import { expect, test } from 'vitest';
import { parseEmailReceipt } from '../../../src/channels/email-receipts.ts';
import { type CorpusMail, REPORTED_REPLIES, WHOLE_MAILS } from './corpus.ts';

const reading = async (text: string) => {
  const bounce = await parseEmailReceipt(Buffer.from(text), { sender: null, recipients: [] });
  if (typeof bounce === 'string') return { reading: bounce, suppressAfter: null };
  return { reading: bounce.category, suppressAfter: bounce.suppressAfter };
};

const expected = ({ reading, suppressAfter }: CorpusMail) => ({ reading, suppressAfter });

test('the corpus has enough mails, each of its own name', () => {
  expect(new Set(WHOLE_MAILS.map(({ name }) => name)).size).toBe(WHOLE_MAILS.length);
  expect(WHOLE_MAILS.length).toBeGreaterThanOrEqual(150);
});

test.each(WHOLE_MAILS)('$name is read as $reading', async (mail) => {
  expect(await reading(mail.text)).toEqual(expected(mail));
});

test.each(REPORTED_REPLIES)('a reply is read as $reading, whoever reports it: $name', async (mail) => {
  expect(await reading(mail.text)).toEqual(expected(mail));
});
