import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimAttempt } from '../../src/db/attempts.ts';
import { type Service, startService } from '../support/service.ts';
import { signalsOf } from '../support/signals-of.ts';
import { EMAIL, EVERYWHERE, NO_ID } from './bodies.ts';
import { handOver, STATES, type State, setMessage } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const ACTIONS = {
  ...{ retry: undefined, cancel: undefined, 'switch-channel': { channel: 'sms' }, resolve: { note: 'Called her.' } },
};
type Action = keyof typeof ACTIONS;

const OK = 202;

/** What each action is answered in each state, in the order of ACTIONS: the status, or the code of the refusal. */
const ANSWERS: Record<State, [retry: Answer, cancel: Answer, switchChannel: Answer, resolve: Answer]> = {
  'due now': ['sending', OK, OK, 'not_waiting_for_operator'],
  'waiting for its schedule': ['scheduled', OK, OK, 'not_waiting_for_operator'],
  'waiting for quiet hours to end': [OK, OK, OK, 'not_waiting_for_operator'],
  'waiting for a retry': [OK, OK, OK, 'not_waiting_for_operator'],
  'held for an operator': [OK, OK, OK, OK],
  'being handed over': ['sending', OK, OK, 'not_waiting_for_operator'],
  'being cancelled': ['being_cancelled', OK, OK, 'not_waiting_for_operator'],
  sent: ['already_sent', 'already_sent', 'already_sent', 'not_waiting_for_operator'],
  'sent and waiting for another try': [OK, OK, OK, 'not_waiting_for_operator'],
  'sent and waiting for a receipt': ['already_sent', OK, OK, 'not_waiting_for_operator'],
  'sent, with its fallback being handed over': ['sending', OK, OK, 'not_waiting_for_operator'],
  'sent and acknowledged by nobody': [OK, 'already_sent', OK, 'not_waiting_for_operator'],
  'acknowledged by nobody and waiting for an operator': [OK, OK, OK, OK],
  failed: [OK, 'already_failed', OK, 'not_waiting_for_operator'],
  cancelled: [OK, 'already_failed', OK, 'not_waiting_for_operator'],
  expired: ['expired', 'already_failed', 'expired', 'not_waiting_for_operator'],
  'failed and waiting for an operator': [OK, OK, OK, OK],
};
type Answer = typeof OK | string;

const messageIn = async (state: State) => {
  const id = await service.sent({ ...EMAIL, recipient: EVERYWHERE });
  await setMessage(service.db, id, STATES[state]);
  return id;
};
const act = async (id: string, action: string, body: object | undefined = ACTIONS[action as Action]) =>
  await service.request('POST', `/api/messages/${id}/${action}/`, body === undefined ? {} : { body });
const auditOf = async (id: string) =>
  await service.db.selectFrom('audit_log').select(['action', 'detail']).where('resource_id', '=', id).execute();

describe.each(Object.keys(STATES) as State[])('a message that is %s', (state) => {
  test.each(Object.keys(ACTIONS).map((action, index) => [action, ANSWERS[state][index]] as const))(
    'answers %s with %s',
    async (action, expected) => {
      const id = await messageIn(state);
      const { status, json } = await act(id, action);
      expect([status, json]).toEqual(
        expected === OK ? [202, { id, action }] : [409, expect.objectContaining({ code: expected })],
      );
    },
  );
});

test('a refusal says in which state the message is', async () => {
  const { json } = await act(await messageIn('sent'), 'retry');
  expect(json.detail).toBe('A message that is sent cannot be retried.');
});

test('a refusal says what to do instead', async () => {
  const { json } = await act(await messageIn('waiting for its schedule'), 'retry');
  expect(json.detail).toContain('cannot be retried before its send_at; change that instead.');
});

test('what was refused is not in the audit log', async () => {
  const id = await messageIn('sent');
  await act(id, 'retry');
  expect(await auditOf(id)).toEqual([]);
});

test.each([
  ['retry', 'message.retry', {}],
  ['cancel', 'message.cancel', {}],
  ['switch-channel', 'message.switch_channel', { channel: 'sms' }],
  ['resolve', 'message.resolve', {}],
])('%s is in the audit log', async (action, expected, detail) => {
  const id = await messageIn('failed and waiting for an operator');
  await act(id, action);
  expect(await auditOf(id)).toEqual([{ action: expected, detail }]);
});

test('a message on its way is not moved to the channel that it is on', async () => {
  const { status, json } = await act(await messageIn('waiting for a retry'), 'switch-channel', { channel: 'email' });
  expect([status, json.code]).toEqual([409, 'same_channel']);
});

test('a message that has failed can be moved to the channel that it was on', async () => {
  const { status } = await act(await messageIn('failed'), 'switch-channel', { channel: 'email' });
  expect(status).toBe(202);
});

test('a message is not moved to a channel on which its recipient has no address', async () => {
  const { status, json } = await act(await service.sent(EMAIL), 'switch-channel');
  expect([status, json.errors[0].pointer, json.errors[0].code]).toEqual([400, '/channel', 'no_address']);
});

test.each([
  ['switch-channel', {}, '/channel', 'required'],
  ['switch-channel', { channel: 'fax' }, '/channel', 'unknown_value'],
  ['switch-channel', { channel: 'sms', now: true }, '/now', 'unknown_field'],
  ['resolve', {}, '/note', 'required'],
  ['resolve', { note: '' }, '/note', 'too_short'],
  ['resolve', { note: 'x'.repeat(1001) }, '/note', 'too_long'],
  ['resolve', { note: 7 }, '/note', 'wrong_type'],
])('%s with %j is refused', async (action, body, pointer, code) => {
  const { status, json } = await act(await messageIn('failed and waiting for an operator'), action, body);
  expect([status, json.errors[0].pointer, json.errors[0].code]).toEqual([400, pointer, code]);
});

test.each(Object.keys(ACTIONS))('%s of a message that does not exist is a 404', async (action) => {
  expect((await act(NO_ID, action)).status).toBe(404);
});

test.each(Object.keys(ACTIONS))('%s of a deleted message is a 404', async (action) => {
  const id = await messageIn('failed');
  await service.request('DELETE', `/api/messages/${id}/`);
  expect((await act(id, action)).status).toBe(404);
});

test('retrying a message lifts its cancellation', async () => {
  const id = await messageIn('failed');
  await setMessage(service.db, id, { cancel_requested_at: new Date() });
  await act(id, 'retry');
  const query = service.db.selectFrom('messages').select('cancel_requested_at').where('id', '=', id);
  expect((await query.executeTakeFirstOrThrow()).cancel_requested_at).toBeNull();
});

test('cancelling a message keeps its fallback from its provider that no worker has taken yet', async () => {
  const id = await messageIn('sent');
  const attemptId = await handOver(service.db, id, { called_at: null, outgoing_sealed: Buffer.from('sealed') });
  await act(id, 'cancel');
  expect(await claimAttempt(service.db, attemptId)).toBeUndefined();
});

test('actions reach the workflow in their order, with who asked and without any note', async () => {
  const id = await messageIn('failed and waiting for an operator');
  for (const action of Object.keys(ACTIONS)) await act(id, action);
  expect(await signalsOf(service, id)).toEqual([
    ['retry', { actor: expect.stringMatching(/^key:/) }],
    ['cancel', { actor: expect.stringMatching(/^key:/) }],
    ['switchChannel', { actor: expect.stringMatching(/^key:/), channel: 'sms' }],
    ['resolve', { actor: expect.stringMatching(/^key:/) }],
  ]);
});

test('more operators at the same moment than there are database connections are all answered', async () => {
  const ids = await Promise.all(Array.from({ length: 15 }, () => messageIn('failed')));
  const answers = await Promise.all(ids.map((id) => act(id, 'retry')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
});
