import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChannelAdapter } from '../../src/channels/channel.ts';
import { type CrashScene, openCrashScene } from './crash-scene.ts';
import { dyingAfter, dyingBefore, dyingWithin, listening, notAnswering, WorkerDied } from './dying-channel.ts';

const IN_DOUBT = { outcome: 'failed', failure: { kind: 'uncertain', code: 'interrupted' } };

let scene: CrashScene;

beforeAll(async () => {
  scene = await openCrashScene();
});
afterAll(() => scene.close());

/** Makes the first attempt of a message on a worker that dies, and gives the ids of both. */
async function crash(channel: 'email' | 'sms', to: string, dying: (adapter: ChannelAdapter) => ChannelAdapter) {
  const messageId = await scene.store(channel, to);
  const attemptId = await scene.attempt(messageId, channel);
  await expect(scene.send(attemptId, dying(scene.channels[channel]))).rejects.toThrow(WorkerDied);
  return { messageId, attemptId };
}

/** Goes on as the workflow does: the same attempt again and, where it stays in doubt, the next one. */
async function goOn(channel: 'email' | 'sms', { messageId, attemptId }: { messageId: string; attemptId: string }) {
  const result = await scene.send(attemptId, scene.channels[channel]);
  if (result.outcome !== 'failed') return;
  await scene.send(await scene.attempt(messageId, channel), scene.channels[channel]);
}

async function sidsOf(phone: string) {
  return (await scene.taken('sms', phone)).map(({ headers }) => headers.sid);
}

/** The provider's ids that the attempts of a message are known by. */
async function knownIdsOf(messageId: string) {
  return (await scene.attemptsOf(messageId)).flatMap(({ provider_message_id: id }) => id ?? []);
}

async function messageIdsOf(address: string) {
  return new Set((await scene.taken('email', address)).map(({ headers }) => headers['message-id']));
}

const accepted = { outcome: 'accepted', error_code: null };
const inDoubt = { outcome: 'uncertain', error_kind: 'uncertain', error_code: 'interrupted' };

describe('a worker that sends a text dies', () => {
  const moments = [
    { when: 'before the call', phone: '+15005558600', dying: dyingBefore, attempts: [inDoubt, accepted] },
    { when: 'in a call that never arrived', phone: '+15005554310', dying: dyingAfter, attempts: [inDoubt, accepted] },
    {
      when: 'after the text was taken, before an answer',
      phone: '+15005554110',
      dying: dyingAfter,
      attempts: [accepted],
    },
    { when: 'after the answer, before its record', phone: '+15005558601', dying: dyingAfter, attempts: [accepted] },
  ];

  test.for(moments)('$when: the text is taken once', async ({ phone, dying, attempts }) => {
    const crashed = await crash('sms', phone, dying);
    await goOn('sms', crashed);
    expect(await scene.taken('sms', phone)).toHaveLength(1);
    expect(await scene.attemptsOf(crashed.messageId)).toMatchObject(attempts);
  });
});

describe('a worker that sends an email dies', () => {
  const moments = [
    { when: 'before the call', to: 'before@example.com', dying: dyingBefore, takenAtFirst: 0 },
    { when: 'in the middle of the mail', to: 'within@example.com', dying: dyingWithin, takenAtFirst: 0 },
    {
      when: 'after the mail was taken, before an answer',
      to: 'drop+unread@example.com',
      dying: dyingAfter,
      takenAtFirst: 1,
    },
    { when: 'after the answer, before its record', to: 'unrecorded@example.com', dying: dyingAfter, takenAtFirst: 1 },
  ];

  test.for(moments)('$when: the mail goes again as the same one', async ({ to, dying, takenAtFirst }) => {
    const crashed = await crash('email', to, dying);
    expect(await scene.taken('email', to)).toHaveLength(takenAtFirst);
    await goOn('email', crashed);
    expect(await scene.taken('email', to)).toHaveLength(takenAtFirst + 1);
    expect((await messageIdsOf(to)).size).toBe(1);
    expect(await scene.attemptsOf(crashed.messageId)).toMatchObject([inDoubt, accepted]);
  });

  test('twice: all three mails are the same one', async () => {
    const to = 'twice@example.com';
    const { messageId, attemptId } = await crash('email', to, dyingAfter);
    await scene.send(attemptId, scene.channels.email);
    const second = await scene.attempt(messageId, 'email');
    await expect(scene.send(second, dyingAfter(scene.channels.email))).rejects.toThrow(WorkerDied);
    await goOn('email', { messageId, attemptId: second });
    expect(await scene.taken('email', to)).toHaveLength(3);
    expect((await messageIdsOf(to)).size).toBe(1);
  });
});

test.for([
  ['email', 'recorded@example.com'],
  ['sms', '+15005558602'],
] as const)('a worker that dies after the record of a call leaves nothing to do: %s', async ([channel, to]) => {
  const attemptId = await scene.attempt(await scene.store(channel, to), channel);
  await scene.send(attemptId, scene.channels[channel]);
  const { adapter, calls } = listening(scene.channels[channel]);
  expect(await scene.send(attemptId, adapter)).toEqual({ outcome: 'accepted' });
  expect(calls).toEqual([]);
});

describe('a call that ended in doubt', () => {
  test('is not made again by a further run of the same attempt', async () => {
    const { attemptId } = await crash('email', 'again@example.com', dyingAfter);
    await scene.send(attemptId, scene.channels.email);
    expect(await scene.send(attemptId, scene.channels.email)).toEqual(IN_DOUBT);
    expect(await scene.taken('email', 'again@example.com')).toHaveLength(1);
  });

  test('is known by the id that the list of messages gives', async () => {
    const crashed = await crash('sms', '+15005558610', dyingAfter);
    await goOn('sms', crashed);
    const [attempt] = await scene.attemptsOf(crashed.messageId);
    expect(await sidsOf('+15005558610')).toEqual([attempt?.provider_message_id]);
  });

  test('is found by the next attempt where the list could not be asked at first', async () => {
    const phone = '+15005558611';
    const { messageId, attemptId } = await crash('sms', phone, dyingAfter);
    expect(await scene.send(attemptId, notAnswering(scene.channels.sms))).toEqual(IN_DOUBT);
    const next = await scene.attempt(messageId, 'sms');
    expect(await scene.send(next, scene.channels.sms)).toEqual({ outcome: 'accepted' });
    expect(await scene.taken('sms', phone)).toHaveLength(1);
  });

  test('is not made again as long as the list cannot be asked', async () => {
    const phone = '+15005558612';
    const { messageId, attemptId } = await crash('sms', phone, dyingAfter);
    await scene.send(attemptId, notAnswering(scene.channels.sms));
    const next = await scene.attempt(messageId, 'sms');
    const result = await scene.send(next, notAnswering(scene.channels.sms));
    expect(result).toEqual({ outcome: 'failed', failure: { kind: 'transient', code: 'twilio_timeout' } });
    expect(await scene.taken('sms', phone)).toHaveLength(1);
  });
});

describe('a status callback with the id of an attempt', () => {
  test('that comes before the attempt runs again leaves nothing to ask or to send', async () => {
    const phone = '+15005558620';
    const { messageId, attemptId } = await crash('sms', phone, dyingAfter);
    const [sid = ''] = await sidsOf(phone);
    await scene.receive(attemptId, sid, 'delivered');
    const { adapter, calls } = listening(scene.channels.sms);
    expect(await scene.send(attemptId, adapter)).toEqual({ outcome: 'accepted' });
    expect(calls).toEqual([]);
    expect(await scene.attemptsOf(messageId)).toMatchObject([{ ...accepted, provider_message_id: sid }]);
  });

  test('that comes after the attempt was left in doubt makes a next one unnecessary', async () => {
    const phone = '+15005558621';
    const { messageId, attemptId } = await crash('sms', phone, dyingAfter);
    const [sid = ''] = await sidsOf(phone);
    expect(await scene.send(attemptId, notAnswering(scene.channels.sms))).toEqual(IN_DOUBT);
    await scene.receive(attemptId, sid, 'accepted');
    expect(await scene.render(messageId, 'sms')).toEqual({ do: 'accept' });
  });

  test('that comes after the next attempt has found the text is kept all the same', async () => {
    const phone = '+15005558642';
    const { messageId, attemptId } = await crash('sms', phone, dyingAfter);
    await scene.send(attemptId, notAnswering(scene.channels.sms));
    await scene.send(await scene.attempt(messageId, 'sms'), scene.channels.sms);
    const [sid = ''] = await sidsOf(phone);
    await expect(scene.receive(attemptId, sid, 'delivered')).resolves.toBeUndefined();
  });
});

describe('two equal texts to one number', () => {
  test.for([
    { which: 'not taken', phone: '+15005554311', attempts: [inDoubt, accepted] },
    { which: 'taken', phone: '+15005558630', attempts: [accepted] },
  ])('are not mistaken for each other where the first was $which', async ({ phone, attempts }) => {
    const first = await crash('sms', phone, dyingAfter);
    const second = await scene.store('sms', phone);
    await scene.send(await scene.attempt(second, 'sms'), scene.channels.sms);
    await goOn('sms', first);
    expect(await scene.attemptsOf(first.messageId)).toMatchObject(attempts);
    const known = [...(await knownIdsOf(first.messageId)), ...(await knownIdsOf(second))];
    expect(known.toSorted()).toEqual((await sidsOf(phone)).toSorted());
  });

  test('are both found where the first is known and the worker of the second dies', async () => {
    const phone = '+15005558640';
    const first = await scene.store('sms', phone);
    await scene.send(await scene.attempt(first, 'sms'), scene.channels.sms);
    await goOn('sms', await crash('sms', phone, dyingAfter));
    expect(await scene.taken('sms', phone)).toHaveLength(2);
  });

  test('are both found where the workers of both die', async () => {
    const phone = '+15005558641';
    const crashed = [await crash('sms', phone, dyingAfter), await crash('sms', phone, dyingAfter)];
    for (const each of crashed) await goOn('sms', each);
    expect(await scene.taken('sms', phone)).toHaveLength(2);
  });
});

describe('a run that was given up, but lives on beside the next one', () => {
  test('comes to the same outcome, and the text is taken once', async () => {
    const phone = '+15005554210';
    const attemptId = await scene.attempt(await scene.store('sms', phone), 'sms');
    const givenUp = scene.send(attemptId, scene.channels.sms);
    await expect.poll(() => scene.taken('sms', phone)).toHaveLength(1);
    expect(await scene.send(attemptId, scene.channels.sms)).toEqual({ outcome: 'accepted' });
    expect(await givenUp).toEqual({ outcome: 'accepted' });
    expect(await scene.taken('sms', phone)).toHaveLength(1);
  });

  test('is heard where the message is held because of the doubt: its workflow is to be told', async () => {
    const to = 'slow-1+held@example.com';
    const attemptId = await scene.attempt(await scene.store('email', to), 'email');
    const givenUp = scene.send(attemptId, scene.channels.email);
    await expect.poll(() => scene.taken('email', to)).toHaveLength(1);
    expect(await scene.send(attemptId, scene.channels.email)).toEqual(IN_DOUBT);
    expect(await scene.untold()).not.toContain(attemptId);
    await givenUp;
    expect(await scene.untold()).toContain(attemptId);
  });

  test('does not make the next mail another one', async () => {
    const to = 'slow-1+given-up@example.com';
    const messageId = await scene.store('email', to);
    const attemptId = await scene.attempt(messageId, 'email');
    const givenUp = scene.send(attemptId, scene.channels.email);
    await expect.poll(() => scene.taken('email', to)).toHaveLength(1);
    expect(await scene.send(attemptId, scene.channels.email)).toEqual(IN_DOUBT);
    await givenUp;
    // As the workflow does where it was told of the doubt; { do: 'accept' } would be right as well.
    const next = await scene.render(messageId, 'email');
    if (next.do === 'send') await scene.send(next.attemptId, scene.channels.email);
    expect((await messageIdsOf(to)).size).toBe(1);
  });
});
