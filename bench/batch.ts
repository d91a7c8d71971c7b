import { randomUUID } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { type Database, openDatabase } from '../src/db/database.ts';
import { countUndispatched } from '../src/db/dispatch.ts';
import { insertMessages, type NewMessageRow } from '../src/db/messages.ts';
import { type Figures, join, median, round, row, table } from './figures.ts';
import { type BenchStack, startBenchStack } from './stack.ts';

/*
 * How fast batches are accepted on this machine, beside the floor: the same number of messages put into the same
 * database by a bare bulk insert. BENCH_BATCHES sets how many batches of a thousand are measured. Their texts are
 * scheduled, so that no sending goes on beside the measurement.
 */

const BATCHES = Number(process.env.BENCH_BATCHES ?? 3);
const SIZE = 1_000;
const CHECK_INTERVAL_MS = 100;
const SEND_AT = new Date(Date.now() + 365 * 24 * 3_600_000);

/** What else the machine was doing: figures count only where this is small beside the number of cores. */
const [loadBefore = Number.NaN] = loadavg();
const stack = await startBenchStack();
try {
  const db = openDatabase({ url: stack.databaseUrl, poolSize: 1 });
  try {
    report(await measure(stack, db));
  } finally {
    await db.destroy();
  }
} finally {
  await stack.stop();
}

/** In turns, so that a drift of the machine meets all alike; the first of each only warms up. */
async function measure(stack: BenchStack, db: Database) {
  const recipientId = await anyRecipient(stack);
  const turns = { floor: [] as Figures[], strangers: [] as Figures[], known: [] as Figures[] };
  for (let turn = 0; turn <= BATCHES; turn += 1) {
    const people = `turn-${turn}`;
    const floor = await timed(() => insertBare(db, recipientId));
    // Nobody is to start workflows for them.
    await db.deleteFrom('messages').where('recipient_id', '=', recipientId).execute();
    const strangers = await timed(() => postBatch(stack, people));
    await untilStarted(db);
    const known = await timed(() => postBatch(stack, people));
    await untilStarted(db);
    if (turn === 0) continue;
    turns.floor.push(floor);
    turns.strangers.push(strangers);
    turns.known.push(known);
  }
  return { floor: join(turns.floor), strangers: join(turns.strangers), known: join(turns.known) };
}

async function timed(run: () => Promise<unknown>): Promise<Figures> {
  const start = performance.now();
  await run();
  const milliseconds = performance.now() - start;
  return { perSecond: [(SIZE * 1000) / milliseconds], milliseconds: [milliseconds] };
}

async function insertBare(db: Database, recipientId: string): Promise<void> {
  const body = Buffer.alloc(300, 1);
  const rows = Array.from(
    { length: SIZE },
    (): NewMessageRow => ({
      ...{
        id: uuidv7(),
        recipient_id: recipientId,
        api_key_id: null,
        batch_id: null,
        channel: 'sms',
        channels: ['sms'],
      },
      ...{ body_sealed: body, template_id: null, template_name: null, template_version: null, layout_version_id: null },
      ...{ template_version_ids: null, category: 'transactional', waiting_for: 'schedule', priority: 'normal' },
      ...{ send_at: SEND_AT, expires_at: null, escalate_after_seconds: null, until: null, metadata: {} },
      ...{ rounds: null, policy: null, retention: 'standard' },
    }),
  );
  await db.transaction().execute((trx) => insertMessages(trx, rows, 'bench'));
}

async function anyRecipient(stack: BenchStack): Promise<string> {
  const { id } = await post<{ id: string }>(stack, '/api/recipients/', { external_id: `bench-${randomUUID()}` });
  return id;
}

async function postBatch(stack: BenchStack, people: string): Promise<void> {
  const messages = Array.from({ length: SIZE }, (_, number) => ({
    recipient: { external_id: `${people}-${number}`, phone: `+4479${10_000_000 + number}` },
    ...{ channel: 'sms', content: `Your order ${number} is on its way.`, send_at: SEND_AT.toISOString() },
  }));
  const { batch } = await post<{ batch: { accepted: number } }>(stack, '/api/messages/batch/', messages);
  if (batch.accepted !== SIZE) throw new Error(`Of ${SIZE} messages, ${batch.accepted} were accepted.`);
}

/** The workflows of one batch are started before the next one is measured. */
async function untilStarted(db: Database): Promise<void> {
  while ((await countUndispatched(db)) > 0) await sleep(CHECK_INTERVAL_MS);
}

async function post<Answer>({ apiUrl, apiKey }: BenchStack, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(apiUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

function report({ floor, strangers, known }: Awaited<ReturnType<typeof measure>>): void {
  const rows = [
    row('1,000 texts to new people, one POST', strangers),
    row('1,000 texts to known people, one POST', known),
    row('floor: bare insert of 1,000', floor),
  ];
  const ratio = round(median(strangers.perSecond) / median(floor.perSecond), 2);
  console.log(`
${BATCHES} batches of ${SIZE}, ${availableParallelism()} cores, load average ${loadBefore.toFixed(1)} before the run.
A second: messages accepted. Floor: messages and first events of the same number, inserted without anything else.

${table(rows)}

Accepted / floor: ${ratio.toFixed(2)}

${JSON.stringify({ batches: BATCHES, cores: availableParallelism(), load: round(loadBefore, 1), ratio, rows })}`);
}
