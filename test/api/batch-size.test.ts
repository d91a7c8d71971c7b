import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Service, startService } from '../support/service.ts';
import { EMAIL, SMS } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const SIZE = 1_000;
/** A request of its own thousand times over would take about ten; other processes of the machine do not count. */
const LIMIT_CPU_MS = 6_000;

const textsTo = (people: readonly number[]) =>
  people.map((number) => ({
    ...SMS,
    recipient: {
      external_id: `person-${number}`,
      email: `p${number}@example.com`,
      phone: `+4479${10_000_000 + number}`,
    },
    content: `Your order ${number} is on its way.`,
  }));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const post = async (body: unknown) => {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const answer = await service.request('POST', '/api/messages/batch/', { body });
  const { user, system } = process.cpuUsage(before);
  return { ...answer, milliseconds: performance.now() - start, cpuMs: (user + system) / 1000 };
};
const acceptedOf = ({ json }: Answer): number => json.batch.accepted;

test('a thousand texts to new people are accepted by one request, at the cost of a few seconds of one core', async () => {
  const answer = await post(textsTo(upTo(SIZE)));
  process.stdout.write(
    `1,000 texts to new people: ${Math.round(answer.milliseconds)} ms, ${Math.round(answer.cpuMs)} ms of one core\n`,
  );
  expect(acceptedOf(answer)).toBe(SIZE);
  expect(answer.cpuMs).toBeLessThan(LIMIT_CPU_MS);
}, 120_000);

test('a thousand texts to known people are accepted by one request, and change nobody', async () => {
  const people = async () =>
    await service.db.selectFrom('recipients').select(['id', 'updated_at']).orderBy('id').execute();
  const before = await people();
  const answer = await post(textsTo(upTo(SIZE)));
  process.stdout.write(
    `1,000 texts to known people: ${Math.round(answer.milliseconds)} ms, ${Math.round(answer.cpuMs)} ms of one core\n`,
  );
  expect([acceptedOf(answer), await people()]).toEqual([SIZE, before]);
  expect(answer.cpuMs).toBeLessThan(LIMIT_CPU_MS);
}, 120_000);

test('several batches to the same people in different order are all accepted', async () => {
  const people = upTo(300).map((number) => 50_000 + number);
  const orders = [people, people.toReversed(), people.toSorted((one, other) => (one % 7) - (other % 7))];
  const answers = await Promise.all([...orders, ...orders].map((order) => post(textsTo(order))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  const { count } = service.db.fn;
  const query = service.db.selectFrom('recipients').select(count('id').as('people'));
  const { people: stored } = await query.executeTakeFirstOrThrow();
  expect(Number(stored)).toBe(SIZE + people.length);
}, 120_000);

test('messages to the people of a batch are accepted at the same moment, and nobody is stored twice', async () => {
  const people = upTo(100).map((number) => 70_000 + number);
  const [batch, ...singles] = await Promise.all([
    post(textsTo(people)),
    ...textsTo(people.slice(0, 40)).map((message) => service.send(message)),
  ]);
  const ids = batch?.json.results.map((result: { message: { recipient: string } }) => result.message.recipient);
  expect(singles.map(({ json }) => json.recipient)).toEqual(ids.slice(0, 40));
}, 120_000);

test('other messages are accepted while large batches are', async () => {
  const start = performance.now();
  const batches = Promise.all(
    [1, 2].map((batch) => post(textsTo(upTo(SIZE).map((number) => 100_000 * batch + number)))),
  );
  const waits: number[] = [];
  let isOver = false;
  void batches.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const sent = performance.now();
    const { status } = await service.send({ ...EMAIL, recipient: { email: `single-${waits.length}@example.com` } });
    if (status === 201) waits.push(performance.now() - sent);
  }
  const whole = performance.now() - start;
  const sorted = waits.toSorted((one, other) => one - other);
  const [middle = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  process.stdout.write(
    `POST beside two batches of 1,000, which took ${Math.round(whole)} ms: ${waits.length} answered, ` +
      `median ${Math.round(middle)} ms, longest ${Math.round(longest)} ms\n`,
  );
  expect(waits.length).toBeGreaterThan(5);
  expect(longest).toBeLessThan(whole / 2);
}, 120_000);
