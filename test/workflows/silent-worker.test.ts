import { expect, test } from 'vitest';
import { planOf } from '../domain/deliveries.ts';
import { ACCEPTED, HeldCall, useStage } from './stage.ts';

const stage = useStage();

// Alone in its file because it takes 15 seconds: a call that is under way holds the server's clock to the real one.
test('a worker that falls silent during a call leads to a second call for the same attempt', async () => {
  const silent = new HeldCall();
  const message = await stage.start(planOf(['sms']), { sends: [silent.send, ACCEPTED] });
  const { status } = await message.result();
  silent.end(ACCEPTED);
  const [first] = message.attemptIds;
  expect([status, message.attemptIds]).toEqual(['sent', [first, first]]);
});
