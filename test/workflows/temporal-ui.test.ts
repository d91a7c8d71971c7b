import { describe, expect, test } from 'vitest';
import { planOf } from '../domain/deliveries.ts';
import { type Moment, messageAt } from './messages-in-states.ts';
import { failing, type StagedMessage, useStage } from './stage.ts';

const stage = useStage();

async function searchAttributes(message: StagedMessage): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await message.handle.describe();
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
}

describe('a signal sent by hand', () => {
  test.each(['retry', 'cancel', 'resolve'])('needs no argument: %s', async (name) => {
    const { message, finish } = await messageAt(stage, 'operator');
    await message.handle.signal(name);
    await finish();
    expect(message.recorded(name).input.event).toMatchObject({ actor: 'temporal-ui', detail: null });
  });

  test('switches the channel with nothing but its name', async () => {
    const { message, finish } = await messageAt(stage, 'retry');
    await message.handle.signal('switchChannel', { channel: 'email' });
    await finish();
    expect(message.channels).toEqual(['whatsapp', 'email']);
  });

  test.each([[undefined], [null], ['sms'], [{ channel: 'pigeon' }], [{ channel: 7, actor: { name: 'x' } }]])(
    'that names no channel is recorded and changes nothing: %j',
    async (argument) => {
      const { message, finish } = await messageAt(stage, 'retry');
      await message.handle.signal('switchChannel', ...(argument === undefined ? [] : [argument]));
      await finish();
      expect([message.channels, message.timeline[1], message.recorded('switch_channel').input.event.actor]).toEqual([
        ['whatsapp', 'whatsapp'],
        'switch_channel: had no effect in this state',
        'temporal-ui',
      ]);
    },
  );

  test.each([
    ['receipt', undefined],
    ['receipt', { status: 'lost', channel: 'whatsapp' }],
    ['receipt', { status: 'undelivered' }],
    ['planChanged', undefined],
    ['planChanged', { plan: {} }],
    ['planChanged', { plan: { revision: 2, channels: [] } }],
    ['anythingElse', undefined],
  ])('that only programs send is left out where it makes no sense: %s %j', async (name, argument) => {
    const { message, finish } = await messageAt(stage, 'receipt');
    await message.handle.signal(name, ...(argument === undefined ? [] : [argument]));
    await finish();
    expect(message.timeline).toEqual(['sent', 'escalated', 'sent']);
  });
});

describe('a request for cancellation', () => {
  test.each<[Moment, string, string[]]>([
    ['schedule', 'cancelled', []],
    ['call', 'cancelled', ['whatsapp']],
    ['retry', 'cancelled', ['whatsapp']],
    ['receipt', 'cancelled', ['whatsapp']],
    ['operator', 'code_unreachable', ['whatsapp', 'sms']],
  ])('at the moment "%s" ends the message as "%s" after attempts on %j', async (moment, outcome, channels) => {
    const { message, finish } = await messageAt(stage, moment);
    await message.handle.cancel();
    const { status, errorCode } = await finish();
    expect([errorCode ?? status, message.channels, message.timeline.at(-1)]).toEqual([outcome, channels, 'cancel']);
  });

  test('lets the workflow complete, as the record of the message does', async () => {
    const { message, finish } = await messageAt(stage, 'retry');
    await message.handle.cancel();
    await finish();
    expect((await message.handle.describe()).status.name).toBe('COMPLETED');
  });
});

describe('the current details', () => {
  test.each<[Moment, string, string]>([
    ['schedule', 'waiting for schedule', '`switchChannel` with `{"channel": "sms"}`, `cancel`'],
    ['call', 'handing the message to the provider', '`retry`, `switchChannel` with `{"channel": "sms"}`, `cancel`'],
    ['retry', 'waiting for retry', '`retry`, `switchChannel` with `{"channel": "sms"}`, `cancel`'],
    ['receipt', 'waiting for receipt', '`switchChannel` with `{"channel": "sms"}`, `cancel`'],
    ['operator', 'waiting for operator', '`retry`, `switchChannel` with `{"channel": "email"}`, `cancel`, `resolve`'],
  ])('at the moment "%s" say "%s" and which signals work', async (moment, now, signals) => {
    const { message, finish } = await messageAt(stage, moment);
    const details = await message.currentDetails();
    await finish();
    expect(details).toMatch(new RegExp(`\\*\\*Now\\*\\* ${now}`));
    expect(details).toContain(`**Signals that work now** ${signals}`);
  });

  test('show the last error and how often the message was attempted', async () => {
    const { message, finish } = await messageAt(stage, 'operator');
    const details = await message.currentDetails();
    await finish();
    expect(details).toContain('**Attempts** 2');
    expect(details).toContain('**Last error** `code_unreachable` (unreachable)');
  });
});

describe('the search attributes', () => {
  test.each<[Moment, Record<string, string>]>([
    ['schedule', { MessageStatus: 'pending', MessageChannel: 'whatsapp', WaitingFor: 'schedule' }],
    ['call', { MessageStatus: 'pending', MessageChannel: 'whatsapp' }],
    [
      'retry',
      { MessageStatus: 'pending', MessageChannel: 'whatsapp', WaitingFor: 'retry', ErrorCode: 'code_transient' },
    ],
    ['receipt', { MessageStatus: 'sent', MessageChannel: 'whatsapp', WaitingFor: 'receipt' }],
    [
      'operator',
      { MessageStatus: 'failed', MessageChannel: 'sms', WaitingFor: 'operator', ErrorCode: 'code_unreachable' },
    ],
  ])('at the moment "%s" are %j', async (moment, expected) => {
    const { message, finish } = await messageAt(stage, moment);
    // The answer to a query comes after the step that was under way.
    await message.currentDetails();
    const attributes = await searchAttributes(message);
    await finish();
    expect(attributes).toEqual({ ...expected, TemplateName: 'welcome', Priority: 'normal' });
  });

  test('of an ended message say how it ended, and that nothing is waited for', async () => {
    const message = await stage.start(planOf(['whatsapp', 'sms']), {
      sends: [failing('transient'), failing('unreachable')],
    });
    await message.result();
    expect(await searchAttributes(message)).toMatchObject({ MessageStatus: 'sent', MessageChannel: 'sms' });
    expect(Object.keys(await searchAttributes(message))).not.toContain('WaitingFor');
  });

  test('follow a change by the sender, as the memo does', async () => {
    const { message, finish } = await messageAt(stage, 'schedule');
    const labels = { templateName: null, priority: 'high' } as const;
    await message.signal({ name: 'planChanged', argument: { plan: planOf(['email'], { revision: 2 }), labels } });
    await finish();
    const { Priority, TemplateName } = await searchAttributes(message);
    const { memo } = await message.handle.describe();
    expect({ Priority, TemplateName, memo }).toEqual({
      ...{ Priority: 'high', TemplateName: undefined },
      memo: expect.objectContaining({ plan: 'email', priority: 'high' }),
    });
  });

  test('of a message that is woken begin with where it stood', async () => {
    const failure = { kind: 'rejected', code: 'cancelled' } as const;
    const message = stage.prepare(planOf(['sms']), { past: { status: 'failed', channel: 'sms', failure } });
    await message.signal({ name: 'resolve', argument: { actor: 'key:test' } });
    await message.result();
    expect(await searchAttributes(message)).toMatchObject({ MessageStatus: 'failed', ErrorCode: 'cancelled' });
  });
});
