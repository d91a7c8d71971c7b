import { availableParallelism, loadavg } from 'node:os';
import { type Database, openDatabase } from '../src/db/database.ts';
import { ENVIRONMENT } from '../src/environment.ts';
import { MAX_STARTING } from '../src/service/dispatcher.ts';
import { type Figures, join, median, round, row, table } from './figures.ts';
import { type Floor, startFloor } from './floor.ts';
import { type LivesRound, runLives } from './lives.ts';
import { type BenchStack, startBenchStack } from './stack.ts';

/*
 * What `npm run bench` runs: how fast the whole service is on this machine, beside the floor, a workflow of the same
 * shape that does nothing. BENCH_MESSAGES sets how many messages are sent at full load. Slow figures fail nothing; a
 * lost message does.
 */

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 300);

/** In the order of a mirror, so that a drift of the machine meets both alike. */
const TURNS = ['floor', 'lives', 'lives', 'floor', 'floor', 'lives'] as const;
const PER_TURN = Math.max(1, Math.round((MESSAGES * 2) / TURNS.length));
/** Of email, texts and the floor each, until code is compiled and connections are open. */
const WARM_UP = { count: 40, clients: 4, perSecond: 20 };
/** Messages at light load, and how much of the rate at full load that is. */
const LIGHT = { count: Math.max(1, Math.round(MESSAGES / 6)), clients: 4, share: 0.4 };
/** Calls in flight of the floor, as of a channel where nothing else is set. */
const { default: CALLS } = ENVIRONMENT.properties.EMAIL_CONCURRENCY as unknown as { default: number };
/** Callers at full load. */
const CLIENTS = 16;
/** Texts go to numbers of the sandbox that get no receipts; there are as many of them. */
const MAX_TEXTS = 100;

interface Bench {
  stack: BenchStack;
  db: Database;
  floor: Floor;
}

/** What else the machine was doing: figures count only where this is small beside the number of cores. */
const [loadBefore = Number.NaN] = loadavg();
const stack = await startBenchStack();
try {
  const floor = await startFloor(stack.temporalAddress, CALLS);
  const db = openDatabase({ url: stack.databaseUrl, poolSize: 1 });
  try {
    report(await measure({ stack, db, floor }));
  } finally {
    await db.destroy();
    await floor.stop();
  }
} finally {
  await stack.stop();
}

async function measure({ stack, db, floor }: Bench) {
  await floor.run(WARM_UP);
  await runLives(stack, db, 'sms', WARM_UP);
  await runLives(stack, db, 'email', WARM_UP);

  const full = { floor: [] as Figures[], lives: [] as LivesRound[] };
  for (const turn of TURNS) {
    const load = { count: PER_TURN, perSecond: null };
    if (turn === 'floor') full.floor.push(await floor.run({ ...load, clients: MAX_STARTING }));
    else full.lives.push(await runLives(stack, db, 'email', { ...load, clients: CLIENTS }));
  }
  const texts = await runLives(stack, db, 'sms', {
    ...{ count: Math.min(PER_TURN, MAX_TEXTS), clients: CLIENTS, perSecond: null },
  });

  const lives = join(full.lives.map((turn) => turn.lives));
  const perSecond = LIGHT.share * median(lives.perSecond);
  const light = { ...LIGHT, perSecond };
  return {
    light: { floor: await floor.run(light), lives: await runLives(stack, db, 'email', light) },
    full: { floor: join(full.floor), lives, posts: join(full.lives.map((turn) => turn.posts)), texts: texts.lives },
  };
}

function report({ light, full }: Awaited<ReturnType<typeof measure>>): void {
  const rows = [
    row('POST, light load', light.lives.posts),
    row('POST, full load', full.posts),
    row('lives (email), light load', light.lives.lives),
    row('floor, light load', light.floor),
    row('lives (email), full load', full.lives),
    row('lives (SMS), full load', full.texts),
    row('floor, full load', full.floor),
  ];
  const ratio = round(median(full.lives.perSecond) / median(full.floor.perSecond), 2);
  console.log(`
${MESSAGES} messages, ${availableParallelism()} cores, load average ${loadBefore.toFixed(1)} before the run.
POST: until its answer. Lives: from POST to the provider; a second: until recorded as sent.
Floor: a workflow of the same three steps that do nothing, from its start to its activity.

${table(rows)}

Lives / floor at full load: ${ratio.toFixed(2)} (turns: lives ${turns(full.lives)}; floor ${turns(full.floor)} a second)

${JSON.stringify({ messages: MESSAGES, cores: availableParallelism(), load: round(loadBefore, 1), ratio, rows })}`);
}

function turns({ perSecond }: Figures): string {
  return perSecond.map((value) => value.toFixed(1)).join(', ');
}
