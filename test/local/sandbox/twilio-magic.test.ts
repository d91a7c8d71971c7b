import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NUMBER_RULES } from '../../../local/sandbox/magic-numbers.ts';
import { SENDER_RULES } from '../../../local/sandbox/magic-senders.ts';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  type PostReceiver,
  SENDER,
  startPostReceiver,
  startTestSandbox,
  taken,
  twilioClient,
} from './sandbox-clients.ts';

/** Shorter than the client waits otherwise, for the numbers that are never answered. */
const IMPATIENT_MS = 300;

let sandbox: Sandbox;
let receiver: PostReceiver;

beforeAll(async () => {
  sandbox = await startTestSandbox({ lateCallbackMs: 100 });
  receiver = await startPostReceiver();
});

afterAll(async () => {
  await sandbox.close();
  await receiver.close();
});

/** What each row of the table has to do. */
const EXPECTATIONS: Record<string, () => Promise<void>> = {
  '+15005550001': () => expectRefusals('+15005550001', 400, 21211),
  '+15005550002': () => expectRefusals('+15005550002', 400, 21612),
  '+15005550003': () => expectRefusals('+15005550003', 400, 21408),
  '+15005550004': () => expectRefusals('+15005550004', 400, 21610),
  '+15005550009': () => expectRefusals('+15005550009', 400, 21614),
  '+150055510xx': async () => {
    await expect(create('+15005551001')).rejects.toMatchObject({ status: 429, code: 20429 });
    await create('+15005551001');
    await expectTaken('+15005551001', 1);
  },
  '+150055511xx': () => expectRefusals('+15005551101', 429, 20429),
  '+15005552Nxx': async () => {
    await expect(create('+15005552201')).rejects.toMatchObject({ status: 503, code: 20503 });
    await expect(create('+15005552201')).rejects.toMatchObject({ status: 503, code: 20503 });
    await create('+15005552201');
    await expectTaken('+15005552201', 1);
  },
  '+150055530xx': () => expectReceipts('+15005553001', ['sent', 'undelivered 30003']),
  '+150055531xx': () => expectReceipts('+15005553101', ['failed 30006']),
  '+150055532xx': async () => {
    await expectReceipts('whatsapp:+15005553201', ['failed 63003']);
    await expectReceipts('+15005553201', ['sent', 'delivered']);
  },
  '+150055540xx': () => expectMishandled('+15005554001', { status: 500, code: 20500 }, 1),
  '+150055541xx': () => expectMishandled('+15005554101', { code: 'ECONNRESET' }, 1),
  '+150055542xx': () => expectMishandled('+15005554201', { code: 'ECONNABORTED' }, 1),
  '+150055543xx': () => expectMishandled('+15005554301', { code: 'ECONNABORTED' }, 0),
  '+150055544xx': () => expectMishandled('+15005554401', { name: 'SyntaxError' }, 1),
  '+150055545xx': () => expectMishandled('+15005554501', { code: 'ECONNRESET' }, 0),
  '+150055546xx': () => expectMishandled('+15005554601', { name: 'SyntaxError' }, 1),
  '+150055547xx': () => expectMishandled('+15005554701', { status: 502 }, 0),
  '+150055548xx': () => expectMishandled('+15005554801', { code: 'ECONNABORTED' }, 1),
  '+150055550xx': () => expectRefusals('+15005555001', 400, 29999),
  '+150055551xx': () => expectReceipts('+15005555101', ['delivered', 'sent', 'delivered']),
  '+150055552xx': () => expectReceipts('+15005555201', ['sent', 'sent', 'delivered', 'delivered']),
  '+150055553xx': () => expectReceipts('+15005555301', ['delivered', 'sent']),
  '+150055554xx': async () => {
    await create('+15005555401', `${receiver.url}/late-one`);
    await expectReceipts('+14155550198', ['sent', 'delivered']);
    await expect.poll(() => receiptsOf('late-one')).toEqual(['sent', 'delivered']);
  },
  '+150055555xx': async () => {
    await create('+15005555501', `${receiver.url}/early`);
    expect(receiptsOf('early')[0]).toBe('sent');
  },
  '+150055556xx': () => expectRefusals('+15005555601', 400, 21211),
  '+150055557xx': () => expectReceipts('+15005555701', ['sent', 'undelivered 30008', 'delivered']),
  '+150055560xx': async () => {
    await expectReceipts('whatsapp:+15005556001', ['sent', 'delivered', 'read']);
    await expectReceipts('+15005556001', ['sent', 'delivered']);
  },
  '+150055561xx': async () => {
    await expectReceipts('+15005556101', []);
    await expectTaken('+15005556101', 1);
  },
  '+150055562xx': async () => {
    await expectReceipts('whatsapp:+15005556201', ['sent', 'read']);
    await expectReceipts('+15005556201', ['sent', 'delivered']);
  },
  '+150055564xx': async () => {
    await expectReceipts('whatsapp:+15005556401', ['failed 63016']);
    await expectReceipts('+15005556401', ['sent', 'delivered']);
  },
  '+15002CCCCNx': async () => {
    await expectRefusals('+15002161001', 400, 21610);
    await expectRefusals('+15002042901', 429, 20429);
    await expect(create('+15002999911')).rejects.toMatchObject({ status: 400, code: 29999 });
    await create('+15002999911');
    await expectTaken('+15002999911', 1);
  },
  '+15003CCCCNx': async () => {
    await expectReceipts('+15003999901', ['sent', 'undelivered 39999']);
    await expectReceipts('+15003000811', ['sent', 'undelivered 30008']);
    await create('+15003000811', `${receiver.url}/after-one-failure`);
    await expect.poll(() => receiptsOf('after-one-failure')).toEqual(['sent', 'delivered']);
  },
  '+15006CCCCNx': () => expectReceipts('whatsapp:+15006301801', ['failed 63018']),
  '+150055563xx': async () => {
    await expectReceipts('whatsapp:+15005556301', ['undelivered 63016']);
    await expectReceipts('+15005556301', ['sent', 'delivered']);
  },
};

describe('magic numbers', () => {
  test.each(NUMBER_RULES)('$number: $sentence', async ({ number }) => {
    expect.hasAssertions();
    await EXPECTATIONS[number]?.();
  });

  test('count for each channel on its own', async () => {
    await expect(create('+15005551002')).rejects.toMatchObject({ code: 20429 });
    await expect(create('whatsapp:+15005551002')).rejects.toMatchObject({ code: 20429 });
  });

  test('that ask for patience name the delay in Retry-After', async () => {
    const response = await post('+15005551102');
    expect(response.headers.get('retry-after')).toBe('1');
  });

  test('answer in the words of RFC 9457 where they say so', async () => {
    const response = await post('+15005555602');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 400, code: 21211, type: expect.any(String) });
  });

  test('that report out of order leave the message delivered', async () => {
    const { sid } = await create('+15005555102', `${receiver.url}/late`);
    await expect.poll(() => receiver.posts.filter(({ path }) => path === '/late')).toHaveLength(3);
    expect(await twilioClient(sandbox).messages(sid).fetch()).toMatchObject({ status: 'delivered' });
  });
});

test.each(SENDER_RULES)('magic sender $number: $sentence', async ({ number, errorCode }) => {
  const creating = twilioClient(sandbox).messages.create({ to: '+14155550101', from: number, body: 'A text.' });
  await expect(creating).rejects.toMatchObject({ status: 400, code: errorCode });
});

function create(to: string, statusCallback?: string, timeout?: number) {
  const from = to.startsWith('whatsapp:') ? `whatsapp:${SENDER}` : SENDER;
  const client = twilioClient(sandbox, ACCOUNT_SID, AUTH_TOKEN, timeout);
  return client.messages.create({
    to,
    from,
    body: 'A text.',
    ...(statusCallback === undefined ? {} : { statusCallback }),
  });
}

/** Past the client, which hides what it cannot use. */
function post(to: string): Promise<Response> {
  return fetch(`${sandbox.twilioBaseUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` },
    body: new URLSearchParams({ To: to, From: SENDER, Body: 'A text.' }),
  });
}

/** Refused every time. */
async function expectRefusals(to: string, status: number, code: number): Promise<void> {
  await expect(create(to)).rejects.toMatchObject({ status, code });
  await expect(create(to)).rejects.toMatchObject({ status, code });
  await expectTaken(to, 0);
}

/** Mishandled the first time, answered the second time. */
async function expectMishandled(to: string, error: object, takenTheFirstTime: number): Promise<void> {
  await expect(create(to, undefined, IMPATIENT_MS)).rejects.toMatchObject(error);
  await expectTaken(to, takenTheFirstTime);
  await create(to);
  await expectTaken(to, takenTheFirstTime + 1);
}

/** An ordinary message is sent afterwards and awaited, so that a receipt too many would be seen. */
async function expectReceipts(to: string, receipts: string[]): Promise<void> {
  await create(to, `${receiver.url}/${to}`);
  await expect.poll(() => receiptsOf(to)).toHaveLength(receipts.length);
  await create('+14155550199', `${receiver.url}/after-${to}`);
  await expect.poll(() => receiptsOf(`after-${to}`)).toHaveLength(2);
  expect(receiptsOf(to)).toEqual(receipts);
}

function receiptsOf(name: string): string[] {
  return receiver.posts
    .filter(({ path }) => path === `/${name}`)
    .map(({ body }) => new URLSearchParams(body))
    .map((form) => `${form.get('MessageStatus')} ${form.get('ErrorCode') ?? ''}`.trim());
}

async function expectTaken(to: string, count: number): Promise<void> {
  expect(await taken(sandbox, { to })).toHaveLength(count);
}
