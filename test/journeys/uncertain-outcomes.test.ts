import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ env: { TWILIO_TIMEOUT_SECONDS: '2' } });
});

afterAll(async () => await stack.close());

const content = 'The gate has changed to B12.';

test.concurrent.for([
  ['answered with an error', '+15005554001'],
  ['cut off', '+15005554101'],
  ['never answered', '+15005554201'],
  ['answered with nonsense', '+15005554401'],
] as const)('a text that was taken but %s is found at the provider and not sent again', async ([, phone]) => {
  const { id } = await stack.send({ recipient: { phone }, channel: 'sms', content });
  const message = await stack.until(id, isSent);
  expect(message.attempts).toMatchObject([{ outcome: 'accepted', provider_message_id: expect.stringMatching(/^SM/) }]);
  expect(await stack.taken(phone)).toHaveLength(1);
});

test.concurrent('a WhatsApp message that was taken but never answered is not sent again', async () => {
  const { id } = await stack.send({ recipient: { whatsapp: '+15005554202' }, channel: 'whatsapp', content });
  await stack.until(id, isSent);
  expect(await stack.taken('+15005554202')).toHaveLength(1);
});

test.concurrent('a text that was neither taken nor answered is sent again, and the doubt stays on record', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005554301' }, channel: 'sms', content });
  const { attempts } = await stack.until(id, isSent);
  expect(attempts).toMatchObject([
    { outcome: 'uncertain', error_kind: 'uncertain', error_code: 'twilio_timeout' },
    { outcome: 'accepted' },
  ]);
  expect(await stack.taken('+15005554301')).toHaveLength(1);
});

test.concurrent('an email whose connection breaks at the end goes again under the same Message-ID', async () => {
  const recipient = { email: 'drop+end@example.com' };
  const { id } = await stack.send({ recipient, channel: 'email', subject: 'Gate', content });
  const { attempts } = await stack.until(id, isSent);
  expect(attempts).toMatchObject([{ outcome: 'uncertain' }, { outcome: 'accepted' }]);
  const mails = await stack.taken('drop+end@example.com');
  expect(mails).toHaveLength(2);
  expect(new Set(mails.map(({ headers }) => headers['message-id'])).size).toBe(1);
});

test.concurrent.for([
  ['taken', '+15005554203'],
  ['not taken', '+15005554303'],
] as const)('two equal texts to one person are two texts, where one was %s and not answered', async ([, phone]) => {
  const message = { recipient: { phone }, channel: 'sms' as const, content };
  const ids = [(await stack.send(message)).id, (await stack.send(message)).id];
  const both = await Promise.all(ids.map((id) => stack.until(id, isSent)));
  expect(await stack.taken(phone)).toHaveLength(2);
  const providerIds = both.map(({ attempts }) => attempts.at(-1)?.provider_message_id);
  expect(new Set(providerIds).size).toBe(2);
});
