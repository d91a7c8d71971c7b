import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listEvents } from '../../src/db/message-events.ts';
import { createLinkSigner } from '../../src/links/link-signer.ts';
import { PUBLIC_URL, type Service, startService } from '../support/service.ts';
import { TEMPLATE } from './bodies.ts';
import { sendOff } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
  const template = { name: 'offers', category: 'marketing', content: 'Buy', subject: 'Buy', variables: {} };
  await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, ...template } });
});
afterAll(() => service.close());

let count = 0;
const TARGET = 'https://shop.example/a?b=c&d=%20#e';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ONE_CLICK = 'List-Unsubscribe=One-Click';
const UNDO = 'List-Unsubscribe=Undo';

/** A marketing email that has been sent to somebody of its own. */
async function sentOffer() {
  count += 1;
  const email = `person-${count}@example.com`;
  const body = { recipient: { email }, channel: 'email', template_id: 'offers' };
  const id = await service.sent(body);
  const attemptId = await sendOff(service.db, id, null);
  await service.db.updateTable('attempts').set({ channel: 'email' }).where('id', '=', attemptId).execute();
  return { id, email, body, attemptId, recipientId: await recipientOf(id), ...pathsOf(attemptId) };
}

const recipientOf = async (id: string) =>
  (await service.db.selectFrom('messages').select('recipient_id').where('id', '=', id).executeTakeFirstOrThrow())
    .recipient_id;
const pathsOf = (attemptId: string, links = service.context.links) => ({
  unsubscribe: links.link('unsubscribe', { attemptId }).slice(PUBLIC_URL.length),
  open: links.link('open', { attemptId }).slice(PUBLIC_URL.length),
  click: clickPath(attemptId, TARGET, links),
});
const clickPath = (attemptId: string, url: string, links = service.context.links) =>
  links.link('click', { attemptId, url }).slice(PUBLIC_URL.length);
const forged = () => pathsOf(uuidv7(), createLinkSigner(Buffer.alloc(32), PUBLIC_URL));

const get = async (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  await service.app.inject({ method, url, headers });
const post = async (url: string, payload: string, headers: Record<string, string> = FORM) =>
  await service.app.inject({ method: 'POST', url, payload, headers });
const message = async (id: string) => (await service.request('GET', `/api/messages/${id}/`)).json;
const eventsOf = async (id: string, types: readonly string[]): Promise<string[]> =>
  (await listEvents(service.db, id)).map(({ type }) => type).filter((type) => types.includes(type));
const subscriptionEvents = (id: string) => eventsOf(id, ['unsubscribed', 'resubscribed']);
const trackingEvents = (id: string) => eventsOf(id, ['opened', 'clicked', 'receipt']);
const optOutsOf = async (recipientId: string) =>
  await service.db
    .selectFrom('opt_outs')
    .select(['channel', 'category', 'source'])
    .where('recipient_id', '=', recipientId)
    .execute();
const OPTED_OUT = { channel: 'email', category: 'marketing', source: 'unsubscribe' };

/** Recording follows the answer: what came before this is recorded too, or never will be. */
async function allRecorded(): Promise<void> {
  const { id, open } = await sentOffer();
  await get(open);
  await expect.poll(() => trackingEvents(id), { timeout: 10_000 }).toContain('receipt');
}

describe('the page behind a link to unsubscribe', () => {
  test('says what would be stopped, and changes nothing', async () => {
    const { unsubscribe, recipientId } = await sentOffer();
    const { statusCode, body } = await get(unsubscribe);
    expect([statusCode, body, await optOutsOf(recipientId)]).toEqual([
      200,
      expect.stringContaining('marketing emails'),
      [],
    ]);
  });

  test('has a button that posts, and no script', async () => {
    const { body } = await get((await sentOffer()).unsubscribe);
    expect([body.includes('<form method="post">'), body.includes('<script')]).toEqual([true, false]);
  });

  test('names no address', async () => {
    const { unsubscribe, email } = await sentOffer();
    expect((await get(unsubscribe)).body).not.toContain(email);
  });

  test('lets nothing load or run, sets no cookie and is in no index', async () => {
    const { headers } = await get((await sentOffer()).unsubscribe);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
      ),
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'cache-control': 'no-store',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('answers with a slash at the end, too', async () => {
    expect((await get(`${(await sentOffer()).unsubscribe}/`)).statusCode).toBe(200);
  });

  test('says so where the person has unsubscribed', async () => {
    const { unsubscribe } = await sentOffer();
    await post(unsubscribe, ONE_CLICK);
    expect((await get(unsubscribe)).body).toContain('You are unsubscribed');
  });

  test('shows a category as text, whatever it is', async () => {
    const { id, unsubscribe } = await sentOffer();
    await service.db.updateTable('messages').set({ category: '<b>&' }).where('id', '=', id).execute();
    expect((await get(unsubscribe)).body).toContain('<bdi>&#60;b&#62;&#38; emails</bdi>');
  });
});

describe('unsubscribing', () => {
  const MULTIPART = ['--x', 'Content-Disposition: form-data; name="List-Unsubscribe"', '', 'One-Click', '--x--', ''];

  test.each([
    ['a form', ONE_CLICK, FORM],
    ['a form with a character set', ONE_CLICK, { 'content-type': `${FORM['content-type']}; charset=UTF-8` }],
    ['a form of parts', MULTIPART.join('\r\n'), { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a form with more fields', `a=b&${ONE_CLICK}`, FORM],
    ['a form that ends with a line break', `${ONE_CLICK}\r\n`, FORM],
    ['a form that ends with a line feed', `${ONE_CLICK}\n`, FORM],
    ['a form whose type is in capitals', ONE_CLICK, { 'content-type': 'APPLICATION/X-WWW-FORM-URLENCODED' }],
    ['a body without a type', ONE_CLICK, {}],
    ['a body without a type that ends with a line break', `${ONE_CLICK}\r\n`, {}],
  ])('by %s opts out of the category on email', async (_what, body, headers) => {
    const { unsubscribe, recipientId } = await sentOffer();
    const { statusCode } = await post(unsubscribe, body, headers);
    expect([statusCode, await optOutsOf(recipientId)]).toEqual([200, [OPTED_OUT]]);
  });

  test('is on the timeline', async () => {
    const { id, unsubscribe } = await sentOffer();
    await post(unsubscribe, ONE_CLICK);
    expect(await subscriptionEvents(id)).toEqual(['unsubscribed']);
  });

  test('is in the audit log', async () => {
    const { unsubscribe, recipientId } = await sentOffer();
    await post(unsubscribe, ONE_CLICK);
    const { json } = await service.request('GET', '/api/audit/?action=recipient.unsubscribed&limit=1');
    expect(json.results).toMatchObject([
      { actor: 'recipient', resource_id: recipientId, detail: { opted_out: 'email/marketing' } },
    ]);
  });

  test('twice at the same moment is once', async () => {
    const { id, unsubscribe, recipientId } = await sentOffer();
    const answers = await Promise.all([post(unsubscribe, ONE_CLICK), post(unsubscribe, ONE_CLICK)]);
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect([statuses, await optOutsOf(recipientId), await subscriptionEvents(id)]).toEqual([
      ...[[200, 200], [OPTED_OUT], ['unsubscribed']],
    ]);
  });

  test('stops the next message of the category', async () => {
    const { unsubscribe, body } = await sentOffer();
    await post(unsubscribe, ONE_CLICK);
    const { status, json } = await service.send(body);
    expect([status, json.errors[0].code]).toEqual([400, 'opted_out']);
  });

  test('leaves other categories alone', async () => {
    const { unsubscribe, email } = await sentOffer();
    await post(unsubscribe, ONE_CLICK);
    expect((await service.send({ recipient: { email }, channel: 'email', content: 'Hello' })).status).toBe(201);
  });

  test('keeps an opt-out that was stated elsewhere as it was', async () => {
    const { unsubscribe, email, recipientId } = await sentOffer();
    const opt_outs = [{ channel: 'email', category: 'marketing' }];
    await service.request('POST', '/api/recipients/', { body: { email, opt_outs } });
    await post(unsubscribe, ONE_CLICK);
    expect(await optOutsOf(recipientId)).toEqual([{ ...OPTED_OUT, source: 'api' }]);
  });

  test('still works where the message has been deleted', async () => {
    const { id, unsubscribe, recipientId } = await sentOffer();
    await service.request('DELETE', `/api/messages/${id}/`);
    await post(unsubscribe, ONE_CLICK);
    expect(await optOutsOf(recipientId)).toEqual([OPTED_OUT]);
  });

  test('of a person who has been erased is taken, and nothing is stored', async () => {
    const { unsubscribe, recipientId } = await sentOffer();
    await service.request('DELETE', `/api/recipients/${recipientId}/`);
    const { statusCode, body } = await post(unsubscribe, ONE_CLICK);
    expect([statusCode, body, await optOutsOf(recipientId)]).toEqual([200, expect.stringContaining('Nothing to'), []]);
  });

  test('from a message that is gone is taken', async () => {
    expect((await post(pathsOf(uuidv7()).unsubscribe, ONE_CLICK)).statusCode).toBe(200);
  });

  test.each([
    ['nothing', '', FORM],
    ['another value', 'List-Unsubscribe=Perhaps', FORM],
    ['another field', 'Unsubscribe=One-Click', FORM],
    ['parts that are none', 'x', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['parts without a boundary', 'x', { 'content-type': 'multipart/form-data' }],
    ['JSON', '{"List-Unsubscribe":"One-Click"}', { 'content-type': 'application/json' }],
  ])('by %s is refused', async (_what, body, headers) => {
    const { unsubscribe, recipientId } = await sentOffer();
    const { statusCode } = await post(unsubscribe, body, headers);
    expect([statusCode, await optOutsOf(recipientId)]).toEqual([400, []]);
  });

  test('by a body of another type is refused', async () => {
    const { unsubscribe } = await sentOffer();
    expect((await post(unsubscribe, ONE_CLICK, { 'content-type': 'text/plain' })).statusCode).toBe(415);
  });

  test('by a large body is refused', async () => {
    const { unsubscribe } = await sentOffer();
    expect((await post(unsubscribe, `${ONE_CLICK}&a=${'x'.repeat(20_000)}`)).statusCode).toBe(413);
  });
});

describe('taking it back', () => {
  test('lifts the opt-out', async () => {
    const { id, unsubscribe, recipientId } = await sentOffer();
    await post(unsubscribe, ONE_CLICK);
    const { statusCode } = await post(unsubscribe, UNDO);
    expect([statusCode, await optOutsOf(recipientId), await subscriptionEvents(id)]).toEqual([
      ...[200, [], ['unsubscribed', 'resubscribed']],
    ]);
  });

  test('lifts nothing that was stated elsewhere', async () => {
    const { unsubscribe, email, recipientId } = await sentOffer();
    const opt_outs = [{ channel: 'email', category: 'marketing' }];
    await service.request('POST', '/api/recipients/', { body: { email, opt_outs } });
    await post(unsubscribe, UNDO);
    expect(await optOutsOf(recipientId)).toEqual([{ ...OPTED_OUT, source: 'api' }]);
  });

  test('is offered to whoever has unsubscribed', async () => {
    const { unsubscribe } = await sentOffer();
    expect((await post(unsubscribe, ONE_CLICK)).body).toContain('value="Undo"');
  });

  test('is not offered where it would change nothing', async () => {
    const { unsubscribe, email } = await sentOffer();
    await service.request('POST', '/api/recipients/', { body: { email, opt_outs: [{ channel: 'email' }] } });
    expect((await post(unsubscribe, ONE_CLICK)).body).not.toContain('value="Undo"');
  });

  test('is nothing where nobody has unsubscribed', async () => {
    const { id, unsubscribe } = await sentOffer();
    await post(unsubscribe, UNDO);
    expect(await subscriptionEvents(id)).toEqual([]);
  });
});

describe('a token that is not ours', () => {
  test.each<['GET' | 'POST', 'unsubscribe' | 'click']>([
    ['GET', 'unsubscribe'],
    ['POST', 'unsubscribe'],
    ['GET', 'click'],
  ])('for %s to %s is a page that says so', async (method, purpose) => {
    const url = forged()[purpose];
    const { statusCode, headers } = method === 'GET' ? await get(url) : await post(url, ONE_CLICK);
    expect([statusCode, headers['content-type'], headers.location]).toEqual([
      404,
      'text/html; charset=utf-8',
      undefined,
    ]);
  });

  test.each([
    ['of NUL', '%00'],
    ['of half a character', '%ED%A0%80'],
    ['with a slash', 'a%2Fb'],
    ['of 15,000 characters', 'x'.repeat(15_000)],
    ['of an emoji', '%F0%9F%98%80'],
  ])('%s is never an error of ours', async (_what, token) => {
    const answers = [await get(`/u/${token}`), await get(`/t/o/${token}`), await get(`/t/c/${token}`)];
    expect(answers.map(({ statusCode }) => statusCode).filter((status) => status >= 500)).toEqual([]);
  });

  test('to open a mail gets the same picture as one of ours', async () => {
    const [ours, other] = [await get((await sentOffer()).open), await get(forged().open)];
    expect([other.statusCode, other.rawPayload]).toEqual([ours.statusCode, ours.rawPayload]);
  });
});

describe('an opened mail', () => {
  test('gets a picture of 43 bytes that is not to be kept', async () => {
    const { statusCode, headers, rawPayload } = await get((await sentOffer()).open);
    expect([statusCode, headers['content-type'], headers['cache-control'], rawPayload.length]).toEqual([
      ...[200, 'image/gif', 'no-store', 43],
    ]);
  });

  test('counts as read', async () => {
    const { id, open } = await sentOffer();
    await get(open);
    await expect.poll(async () => (await message(id)).delivery_status, { timeout: 10_000 }).toBe('read');
  });

  test('is on the timeline once, however often it is opened', async () => {
    const { id, open } = await sentOffer();
    await Promise.all([get(open), get(open), get(open)]);
    await allRecorded();
    expect((await trackingEvents(id)).sort()).toEqual(['opened', 'receipt']);
  });

  test('keeps the name that its mail was sent under', async () => {
    const { id, attemptId, open } = await sentOffer();
    await service.db
      .updateTable('attempts')
      .set({ provider_message_id: '<1@example.com>' })
      .where('id', '=', attemptId)
      .execute();
    await get(open);
    await expect.poll(() => trackingEvents(id), { timeout: 10_000 }).toContain('receipt');
    expect((await message(id)).attempts[0].provider_message_id).toBe('<1@example.com>');
  });
});

describe('a followed link', () => {
  test('leads to exactly its URL, and is not kept', async () => {
    const { statusCode, headers } = await get((await sentOffer()).click);
    expect([statusCode, headers.location, headers['cache-control']]).toEqual([302, TARGET, 'no-store']);
  });

  test('counts as read and is on the timeline, without its URL', async () => {
    const { id, click } = await sentOffer();
    await get(click);
    await expect.poll(() => trackingEvents(id), { timeout: 10_000 }).toContain('receipt');
    const { delivery_status, events } = await message(id);
    expect([delivery_status, events.find(({ type }: { type: string }) => type === 'clicked')]).toEqual([
      'read',
      expect.objectContaining({ channel: 'email', detail: null }),
    ]);
  });

  test('is on the timeline once for each link', async () => {
    const { id, attemptId, click } = await sentOffer();
    await Promise.all([get(click), get(click), get(clickPath(attemptId, 'https://other.example/'))]);
    await allRecorded();
    expect((await trackingEvents(id)).filter((type) => type === 'clicked')).toHaveLength(2);
  });
});

describe('nothing is recorded', () => {
  test.each<[string, Record<string, string>, 'GET' | 'HEAD']>([
    ['where the visitor asks for privacy (Sec-GPC)', { 'sec-gpc': '1' }, 'GET'],
    ['where the visitor does not want to be tracked (DNT)', { dnt: '1' }, 'GET'],
    ['where a browser looks in advance', { 'sec-purpose': 'prefetch;prerender' }, 'GET'],
    ['where a program only asks what is there', {}, 'HEAD'],
  ])('%s, and everything is served', async (_what, headers, method) => {
    const { id, open, click } = await sentOffer();
    const answers = [await get(open, headers, method), await get(click, headers, method)];
    await allRecorded();
    expect([answers.map(({ statusCode }) => statusCode), await trackingEvents(id)]).toEqual([[200, 302], []]);
  });

  test('of a person who has opted out of tracking since', async () => {
    const { id, email, open, click } = await sentOffer();
    const opt_outs = [{ category: 'tracking' }];
    await service.request('POST', '/api/recipients/', { body: { email, opt_outs } });
    await Promise.all([get(open), get(click)]);
    await allRecorded();
    expect(await trackingEvents(id)).toEqual([]);
  });

  test('of a message that has been deleted', async () => {
    const { id, open, click } = await sentOffer();
    await service.request('DELETE', `/api/messages/${id}/`);
    await Promise.all([get(open), get(click)]);
    await allRecorded();
    expect(await trackingEvents(id)).toEqual([]);
  });
});
