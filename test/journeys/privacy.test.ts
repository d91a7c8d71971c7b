import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readableText, wordsIn } from '../support/readable-text.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';
import { type TemporalView, viewWorkflows } from '../support/temporal-view.ts';

/** What must be read nowhere but at the providers. None of these is a word of ours. */
const SECRETS = {
  name: 'Zebulon Quagmire',
  externalId: 'patient-wombat-7741',
  mailbox: 'zebulon.quagmire',
  host: 'hospital-gloomwort.example',
  phone: '5005558731',
  whatsapp: '5005553232',
  subject: 'Snarkberry appointment',
  content: 'vorpal marmalade therapy',
  html: 'crimson-thistle-heading',
  variable: 'oncology-ward-nineteen',
  replyTo: 'reply-heffalump',
  filename: 'biopsy-heffalump.txt',
  attachment: 'tumour-marker-eighty-eight',
  note: 'rang his sister Philippa',
  changed: 'brought forward to Michaelmas',
  reply: 'gallstone rhubarb question',
  profileName: 'Zeb the Nightingale',
  writer: '5005558732',
  writerReply: 'whooping bandersnatch cough',
} as const;

const WORDS = Object.values(SECRETS);
const person = { name: SECRETS.name, phone: `+1${SECRETS.phone}`, whatsapp: `+1${SECRETS.whatsapp}` };
const at = (rule: string) => `${rule}+${SECRETS.mailbox}@${SECRETS.host}`;
const letter = {
  channel: 'email',
  subject: `${SECRETS.subject} {{ ward }}`,
  content: `${SECRETS.content} {{ ward }}`,
  html: `<h1>${SECRETS.html}</h1> {{ ward }}`,
  variables: { ward: SECRETS.variable },
  reply_to: `${SECRETS.replyTo}@${SECRETS.host}`,
} as const;

let stack: TestStack;
let answered: string;
const lives: { message: MessageJson; view: TemporalView }[] = [];

beforeAll(async () => {
  stack = await startTestStack();
  const messages = await Promise.all([liveThroughEverything(), succeedAtLast(), changeAndCancel(), misbehave()]);
  answered = await writeBack();
  // A receipt of failure after the end wakes a message in a second run.
  for (const [index, message] of messages.entries()) {
    const view = await viewWorkflows(stack.temporalAddress, message.workflow_id, index === 0 ? 2 : 1);
    lives.push({ message, view });
  }
}, 120_000);

afterAll(async () => await stack.close());

test('the provider does get the words, and the search does find words', async () => {
  const [mail] = await stack.taken(at('fail-1'));
  expect(wordsIn(readableText(mail), [SECRETS.content, SECRETS.subject, SECRETS.html])).toHaveLength(3);
  expect(wordsIn(Buffer.from(`{"a":"${SECRETS.name}"}`).toString('base64').toLowerCase(), WORDS)).toEqual([
    SECRETS.name,
  ]);
});

test('the service does get what people write', async () => {
  const { body } = await stack.call('GET', `/api/messages/${answered}/replies/`);
  expect(readableText(body)).toContain(SECRETS.reply);
});

test('no history of a workflow holds personal data', () => {
  for (const { message, view } of lives) {
    const text = readableText(view.histories);
    expect(text).toContain(`"messageid":"${message.id}"`);
    expect(wordsIn(text, WORDS)).toEqual([]);
  }
});

test('nothing that the Temporal UI shows of a workflow holds personal data', () => {
  for (const { view } of lives) {
    const text = readableText([view.descriptions, view.details]);
    expect(text).toContain('messagestatus');
    expect(text).toContain('**last error**');
    expect(wordsIn(text, WORDS)).toEqual([]);
  }
});

test('nothing that Temporal writes to its disk holds personal data', () => {
  const text = readableText(stack.temporalFiles());
  expect(text).toContain(`"messageid":"${lives[0]?.message.id}"`);
  expect(wordsIn(text, WORDS)).toEqual([]);
});

test('no log holds personal data', () => {
  const text = stack.logs().toLowerCase();
  expect(text).toContain(lives[0]?.message.id);
  expect(wordsIn(text, WORDS)).toEqual([]);
});

test('no metric holds personal data', async () => {
  const text = readableText(await stack.metrics());
  expect(text).toContain('attempts_total');
  expect(wordsIn(text, WORDS)).toEqual([]);
});

test('no column of the database holds personal data that is not encrypted', async () => {
  const rows = await allRows(stack.databaseUrl);
  const text = readableText(rows);
  expect(text).toContain(lives[0]?.message.id);
  expect(wordsIn(text, WORDS)).toEqual([]);
});

/** Fails on every channel, also after its end, is retried and moved by an operator, and is given up with a note. */
async function liveThroughEverything(): Promise<MessageJson> {
  const recipient = { ...person, phone: '+15005555031', external_id: SECRETS.externalId, email: at('unknown') };
  const { id } = await stack.send({ ...letter, recipient, fallback_channels: ['whatsapp', 'sms'] });
  const isFailed = ({ status, waiting_for }: MessageJson) => status === 'failed' && waiting_for === 'operator';
  await stack.until(id, isFailed);
  await stack.call('POST', `/api/messages/${id}/retry/`);
  await stack.until(id, (message) => isFailed(message) && message.attempts.length === 6);
  await stack.call('POST', `/api/messages/${id}/switch-channel/`, { channel: 'email' });
  await stack.until(id, (message) => isFailed(message) && message.attempts.length >= 7);
  await stack.call('POST', `/api/messages/${id}/resolve/`, { note: SECRETS.note });
  return await stack.until(id, ({ waiting_for }) => waiting_for === null);
}

/** Those who got a text answer it, and opt out; somebody whom nobody knows writes on WhatsApp. The message's id. */
async function writeBack(): Promise<string> {
  const { id } = await stack.send({ recipient: person, channel: 'sms', content: SECRETS.content });
  await stack.until(id, isSent);
  expect(await stack.reply({ channel: 'sms', from: person.phone, text: SECRETS.reply })).toBe(200);
  await stack.until(id, ({ events }) => events.some(({ type }) => type === 'replied'));
  expect(await stack.reply({ channel: 'sms', from: person.phone, text: 'STOP' })).toBe(200);
  const stranger = { channel: 'whatsapp', from: `+1${SECRETS.writer}`, profile_name: SECRETS.profileName } as const;
  expect(await stack.reply({ ...stranger, text: SECRETS.writerReply })).toBe(200);
  return id;
}

/** Is stored for a repeated request, put off, and taken with an attachment. */
async function succeedAtLast(): Promise<MessageJson> {
  const content_base64 = Buffer.from(SECRETS.attachment).toString('base64');
  const attachments = [{ filename: SECRETS.filename, content_type: 'text/plain', content_base64 }];
  const body = { ...letter, recipient: { ...person, email: at('fail-1') }, attachments };
  const { body: answer } = await stack.call('POST', '/api/messages/', body, { 'idempotency-key': 'once' });
  return await stack.until((answer as MessageJson).id, isSent);
}

async function changeAndCancel(): Promise<MessageJson> {
  const send_at = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = await stack.send({ recipient: person, channel: 'sms', content: SECRETS.content, send_at });
  await stack.call('PUT', `/api/messages/${id}/`, { content: SECRETS.changed });
  await stack.call('POST', `/api/messages/${id}/cancel/`);
  return await stack.until(id, ({ status }) => status === 'failed');
}

/** Requests that are refused, and a message from a template whose outcome is uncertain. */
async function misbehave(): Promise<MessageJson> {
  const email = `${SECRETS.mailbox}@@${SECRETS.host}`;
  expect((await stack.call('POST', '/api/messages/', { ...letter, recipient: { email } })).status).toBe(400);
  expect((await stack.call('GET', `/api/recipients/?email=${encodeURIComponent(at('drop'))}`)).status).toBe(200);
  expect((await stack.call('GET', `/api/nothing/${SECRETS.externalId}/`)).status).toBe(404);
  const template = { name: 'ward-letter', channel: 'email', subject: '{{ ward }}', content: '{{ ward }}' };
  const variables = { ward: { type: 'string', required: true } };
  expect((await stack.call('POST', '/api/templates/', { ...template, variables })).status).toBe(201);
  const { id } = await stack.send({
    ...{ recipient: { ...person, email: at('drop') }, channel: 'email', template_id: 'ward-letter' },
    variables: { ward: SECRETS.variable },
  });
  return await stack.until(id, isSent);
}

async function allRows(databaseUrl: string): Promise<unknown[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows: tables } = await client.query("select tablename from pg_tables where schemaname = 'public'");
    const contents: unknown[] = [];
    for (const { tablename } of tables) contents.push((await client.query(`select * from "${tablename}"`)).rows);
    return contents;
  } finally {
    await client.end();
  }
}
