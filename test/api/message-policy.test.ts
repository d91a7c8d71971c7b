import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findForDispatch } from '../../src/db/dispatch.ts';
import { workflowInput } from '../../src/service/workflow-input.ts';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, SMS, TEMPLATE } from './bodies.ts';
import { badRequest, refusal, refusedMessage } from './refusals.ts';

const LATER = '2099-01-01T00:00:00.000Z';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** The policy that a message's workflow goes by, whenever it is started. */
async function policyOf(id: string) {
  const row = await findForDispatch(service.db, id);
  if (row === undefined) throw new Error('There is no such message.');
  return workflowInput(row, service.context.policy).policy;
}

const read = async (id: string) => (await service.request('GET', `/api/messages/${id}/`)).json;
const change = async (id: string, body: object) => await service.request('PUT', `/api/messages/${id}/`, { body });

describe('the policy of a message', () => {
  test('is what its workflow goes by', async () => {
    const id = await service.sent({ ...SMS, policy: { retry_delays: [5, 10], on_uncertain: 'hold' } });
    expect((await policyOf(id)).channels.sms).toMatchObject({ retryDelaysSeconds: [5, 10], onUncertain: 'hold' });
  });

  test('is shown as it was given', async () => {
    const policy = { throttle_limit: 3, channels: { sms: { retry_delays: [60] } } };
    expect((await read(await service.sent({ ...SMS, policy }))).policy).toEqual(policy);
  });

  test('is none where nothing was said', async () => {
    expect((await read(await service.sent(SMS))).policy).toBeNull();
  });

  test.each([
    ['too many attempts', { retry_delays: Array(20).fill(60) }, '/policy/retry_delays', 'too_many_attempts'],
    ['a delay that is too short', { retry_delays: [60, 0] }, '/policy/retry_delays/1', 'delay_too_short'],
    ['a delay that is too long', { throttle_delay: 90_000 }, '/policy/throttle_delay', 'delay_too_long'],
    ['too many doubts', { uncertain_limit: 21 }, '/policy/uncertain_limit', 'too_many_attempts'],
    [
      'too long a delay on one channel',
      { channels: { email: { retry_delays: [90_000] } } },
      '/policy/channels/email/retry_delays/0',
      'delay_too_long',
    ],
  ])('is refused with %s', async (_what, policy, pointer, code) => {
    expect(await refusedMessage(service, { ...SMS, policy })).toEqual(badRequest(`${pointer} ${code}`));
  });

  test.each([
    ['a word for a delay', { retry_delays: ['soon'] }, '/policy/retry_delays/0'],
    ['a field that there is not', { patience: 1 }, '/policy/patience'],
    ['a channel that there is not', { channels: { fax: {} } }, '/policy/channels/fax'],
    ['another way with doubt', { on_uncertain: 'guess' }, '/policy/on_uncertain'],
  ])('is refused with %s', async (_what, policy, pointer) => {
    const { status, json } = await service.send({ ...SMS, policy });
    expect([status, json.errors[0].pointer]).toEqual([400, pointer]);
  });

  test('can be changed while the message is pending', async () => {
    const id = await service.sent({ ...SMS, send_at: LATER, policy: { retry_delays: [5] } });
    await change(id, { policy: { retry_delays: [9] } });
    expect((await policyOf(id)).channels.sms.retryDelaysSeconds).toEqual([9]);
  });

  test('can be taken away again', async () => {
    const id = await service.sent({ ...SMS, send_at: LATER, policy: { retry_delays: [5] } });
    const { json } = await change(id, { policy: null });
    expect([json.policy, await policyOf(id)]).toEqual([null, service.context.policy]);
  });

  test('stays when something else is changed', async () => {
    const id = await service.sent({ ...SMS, send_at: LATER, policy: { retry_delays: [5] } });
    await change(id, { content: 'Goodbye' });
    expect((await policyOf(id)).channels.sms.retryDelaysSeconds).toEqual([5]);
  });

  test('is checked when it is changed', async () => {
    const id = await service.sent({ ...SMS, send_at: LATER });
    const body = { policy: { retry_delays: [0] } };
    expect(await refusal(service, 'PUT', `/api/messages/${id}/`, { body })).toEqual(
      badRequest('/policy/retry_delays/0 delay_too_short'),
    );
  });
});

describe('the policy of a template', () => {
  const PATIENT = { ...TEMPLATE, channel: 'sms', subject: undefined };
  const save = async (more: object) =>
    await service.request('POST', '/api/templates/', { body: { ...PATIENT, ...more } });

  test('goes for its messages on its channel', async () => {
    await save({ name: 'patient', policy: { retry_delays: [7] } });
    const variables = { name: 'Ada' };
    const id = await service.sent({ recipient: SMS.recipient, channel: 'sms', template_id: 'patient', variables });
    const { channels } = await policyOf(id);
    expect([channels.sms.retryDelaysSeconds, channels.email.retryDelaysSeconds[0]]).toEqual([[7], 30]);
  });

  test("counts less than the message's own", async () => {
    await save({ name: 'overruled', policy: { retry_delays: [7], throttle_limit: 2 } });
    const own = { template_id: 'overruled', variables: { name: 'Ada' }, policy: { retry_delays: [8] } };
    const id = await service.sent({ recipient: SMS.recipient, channel: 'sms', ...own });
    expect((await policyOf(id)).channels.sms).toMatchObject({ retryDelaysSeconds: [8], throttleLimit: 2 });
  });

  test('is fixed for a message when that is accepted', async () => {
    const { json: template } = await save({ name: 'changed-later', policy: { retry_delays: [7] } });
    const variables = { name: 'Ada' };
    const id = await service.sent({ recipient: SMS.recipient, channel: 'sms', template_id: template.id, variables });
    const { name, content, variables: declared } = template;
    const body = { name, content, variables: declared, policy: { retry_delays: [9] } };
    await service.request('PUT', `/api/templates/${template.id}/`, { body });
    expect((await policyOf(id)).channels.sms.retryDelaysSeconds).toEqual([7]);
  });

  test('lets its messages expire', async () => {
    await save({ name: 'short-lived', policy: { expires_after: 600 } });
    const variables = { name: 'Ada' };
    const body = { recipient: SMS.recipient, channel: 'sms', template_id: 'short-lived', variables, send_at: LATER };
    expect((await read(await service.sent(body))).expires_at).toBe('2099-01-01T00:10:00.000Z');
  });

  test('is shown with the template', async () => {
    const { json } = await save({ name: 'shown', policy: { retry_delays: [7] } });
    expect((await service.request('GET', `/api/templates/${json.id}/`)).json.policy).toEqual({ retry_delays: [7] });
  });

  test('is refused beyond the bounds', async () => {
    const body = { ...PATIENT, name: 'refused', policy: { retry_delays: [0] } };
    expect(await refusal(service, 'POST', '/api/templates/', { body })).toEqual(
      badRequest('/policy/retry_delays/0 delay_too_short'),
    );
  });
});

describe('the expiry that a policy says', () => {
  const expiring = { ...SMS, send_at: LATER, policy: { expires_after: 600 } };

  test("counts less than the sender's own", async () => {
    const expires_at = '2099-06-01T00:00:00.000Z';
    expect((await read(await service.sent({ ...expiring, expires_at }))).expires_at).toBe(expires_at);
  });

  test('moves with the time of the message', async () => {
    const id = await service.sent(expiring);
    const { json } = await change(id, { send_at: '2099-02-01T00:00:00Z' });
    expect(json.expires_at).toBe('2099-02-01T00:10:00.000Z');
  });

  test("of the sender's own does not move", async () => {
    const expires_at = '2099-06-01T00:00:00.000Z';
    const id = await service.sent({ ...SMS, send_at: LATER, expires_at });
    expect((await change(id, { send_at: '2099-02-01T00:00:00Z' })).json.expires_at).toBe(expires_at);
  });
});

describe('a message that goes on until acknowledged', () => {
  const alert = {
    ...EMAIL,
    recipient: EVERYWHERE,
    fallback_channels: ['sms'],
    until: 'acknowledged',
    escalate_after: 600,
  };

  test.each([
    ['three rounds where nothing is said', {}, 3],
    ['as many rounds as its sender says', { rounds: 5 }, 5],
  ])('has %s', async (_what, more, rounds) => {
    expect((await read(await service.sent({ ...alert, ...more }))).rounds).toBe(rounds);
  });

  test('tells its workflow of the rounds', async () => {
    const row = await findForDispatch(service.db, await service.sent({ ...alert, rounds: 4 }));
    expect(row?.rounds).toBe(4);
  });

  test('needs a time after which it goes on', async () => {
    expect(await refusedMessage(service, { ...alert, escalate_after: undefined })).toEqual(
      badRequest('/escalate_after incomplete_escalation'),
    );
  });

  test.each([0, 11, 1.5])('is refused with %d rounds', async (rounds) => {
    const { status, json } = await service.send({ ...alert, rounds });
    expect([status, json.errors[0].pointer]).toEqual([400, '/rounds']);
  });

  test('is the only one that has rounds', async () => {
    expect(await refusedMessage(service, { ...alert, until: 'read', rounds: 2 })).toEqual(
      badRequest('/rounds rounds_without_acknowledgement'),
    );
  });
});
