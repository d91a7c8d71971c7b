import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, attacks } from './attacks.ts';
import { type BenchStack, startBenchStack } from './stack.ts';

/*
 * How long hostile requests hold up the api on this machine. Each is sent over real HTTP to a stack that `npm start`
 * would start, BENCH_ROUNDS times; what others would have had to wait is the longest delay of the event loop of the api
 * (perf_hooks.monitorEventLoopDelay), which its metrics tell and begin anew each time. BENCH_ONLY picks attacks by a part
 * of their names. Ends with code 1 where one delay is longer than may be.
 */

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const ONLY = process.env.BENCH_ONLY ?? '';
const LONGEST_DELAY_MS = 250;
/** The meter of delays needs a few of its own turns before and after. */
const QUIET_MS = 50;
const DELAY = /^nodejs_eventloop_lag_max_seconds(?:\{[^}]*\})? (\S+)$/m;

interface Outcome {
  readonly name: string;
  readonly status: number;
  readonly answerBytes: number;
  readonly milliseconds: number;
  readonly delay: number;
}

const [loadBefore = Number.NaN] = loadavg();
const stack = await startBenchStack();
const outcomes: Outcome[] = [];
try {
  await longestDelay(stack);
  for (const attack of attacks().filter(({ name }) => name.includes(ONLY))) outcomes.push(await worstOf(stack, attack));
} finally {
  await stack.stop();
}
const tooLong = outcomes.filter(({ delay }) => delay > LONGEST_DELAY_MS);
report();
process.exitCode = tooLong.length === 0 ? 0 : 1;

async function worstOf(stack: BenchStack, attack: Attack): Promise<Outcome> {
  const rounds: Outcome[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await attackOnce(stack, attack));
  return rounds.reduce((worst, outcome) => (outcome.delay > worst.delay ? outcome : worst));
}

async function attackOnce(stack: BenchStack, attack: Attack): Promise<Outcome> {
  await sleep(QUIET_MS);
  const start = performance.now();
  const answer = await send(stack, attack);
  const milliseconds = performance.now() - start;
  await sleep(QUIET_MS);
  return { name: attack.name, ...answer, milliseconds, delay: await longestDelay(stack) };
}

/** A server may answer and hang up before it has read everything; the answer is lost then. */
async function send({ apiUrl, apiKey }: BenchStack, { method, path, type, isAnonymous, body }: Attack) {
  try {
    const response = await fetch(apiUrl + path, {
      ...{ method, body: body === null ? null : new Blob([body]) },
      headers: {
        ...(type !== '' && { 'content-type': type }),
        ...(!isAnonymous && { authorization: `Bearer ${apiKey}` }),
        'x-twilio-signature': 'AAAA',
      },
    });
    return { status: response.status, answerBytes: (await response.arrayBuffer()).byteLength };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { status: 0, answerBytes: 0 };
  }
}

/** In milliseconds, since it was asked before. */
async function longestDelay({ apiUrl, apiKey }: BenchStack): Promise<number> {
  const response = await fetch(`${apiUrl}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } });
  const [, seconds] = DELAY.exec(await response.text()) ?? [];
  if (seconds === undefined) throw new Error(`The metrics tell no delay of the event loop (${response.status}).`);
  return Number(seconds) * 1_000;
}

function report(): void {
  const worstFirst = outcomes.toSorted((one, other) => other.delay - one.delay);
  const lines = worstFirst.map(({ name, status, answerBytes, milliseconds, delay }) =>
    [
      `${delay.toFixed(0)} ms`.padStart(8),
      `${milliseconds.toFixed(0)} ms`.padStart(9),
      status === 0 ? ' cut' : String(status).padStart(4),
      `${answerBytes}`.padStart(9),
      ` ${name}`,
    ].join(' '),
  );
  console.log(`
${outcomes.length} attacks, ${ROUNDS} rounds each, ${availableParallelism()} cores, load average ${loadBefore.toFixed(1)} before the run.
Delay: the longest that the api could do nothing else. Answer: how long it took, its status and its bytes.

   delay    answer  status     bytes  attack
${lines.join('\n')}

${tooLong.length} of them held the api up for more than ${LONGEST_DELAY_MS} ms.`);
}
