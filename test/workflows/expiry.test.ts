import { describe, expect, test } from 'vitest';
import { planOf } from '../domain/deliveries.ts';
import { failing, useStage } from './stage.ts';

const stage = useStage();

describe('a message of which is found out right before an attempt', () => {
  test('that it is of no use any more expires', async () => {
    const message = await stage.start(planOf(['sms', 'email']), { renders: [{ do: 'expire' }] });
    const { errorCode } = await message.result();
    expect([errorCode, message.timeline, message.channels]).toEqual(['expired', ['expired'], []]);
  });

  test('that its call comes too late expires', async () => {
    const message = await stage.start(planOf(['sms', 'email']), { sends: [{ outcome: 'expired' }] });
    const { errorCode } = await message.result();
    expect([errorCode, message.timeline]).toEqual(['expired', ['expired']]);
  });

  test('that an earlier attempt has reached what it goes on for ends', async () => {
    const plan = planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 600, until: 'read' });
    const message = await stage.start(plan, {
      sends: [{ outcome: 'accepted' }, { outcome: 'overtaken', channel: 'whatsapp', status: 'read' }],
    });
    const result = await message.result();
    expect([result, message.timeline.at(-1)]).toEqual([
      { status: 'sent', channel: 'whatsapp', errorCode: null },
      'receipt_applied: read',
    ]);
  });
});

test('a policy that comes with a change by the sender goes for the attempts after it', async () => {
  const message = await stage.start(planOf(['sms', 'email']), { sends: [failing('transient'), failing('transient')] });
  await message.waitingFor('retry');
  const { policy } = message;
  const sms = { ...policy.channels.sms, retryDelaysSeconds: [] };
  await message.signal({
    name: 'planChanged',
    argument: {
      plan: planOf(['sms', 'email'], { revision: 2 }),
      policy: { ...policy, channels: { ...policy.channels, sms } },
    },
  });
  await message.result();
  expect(message.channels).toEqual(['sms', 'sms', 'email']);
});

test.each([[null], ['hold'], [{}], [{ channels: { sms: {} }, operatorWindowSeconds: 1 }]])(
  'a policy of any other shape, sent by hand, leaves the policy as it was: %j',
  async (policy) => {
    const message = await stage.start(planOf(['sms', 'email']), {
      sends: [failing('transient'), failing('transient')],
    });
    await message.waitingFor('retry');
    const argument = { plan: planOf(['sms', 'email'], { revision: 2 }), policy } as never;
    await message.signal({ name: 'planChanged', argument });
    const { status } = await message.result();
    expect([status, message.channels]).toEqual(['sent', ['sms', 'sms', 'sms']]);
  },
);

// A call that waits for a worker holds the server's clock to the real one.
test('a call that no worker takes does not outlive its message', async () => {
  const plan = planOf(['sms', 'email'], { expiresAt: await stage.inSeconds(4) });
  // There is no worker for the texts of this sender.
  const nobody = { do: 'send', attemptId: 'unused', sender: 'NOBODY' } as const;
  const message = await stage.start(plan, { renders: [nobody, { do: 'expire' }] });
  const { errorCode } = await message.result();
  const late = (message.recorded('expired').at - Date.parse(plan.expiresAt as string)) / 1000;
  expect([errorCode, message.channels, Math.abs(late) < 5]).toEqual(['expired', [], true]);
});
