import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Service, startService } from '../support/service.ts';
import { EMAIL } from './bodies.ts';

let silence: { server: Server; sockets: Set<Socket> };
let service: Service;

beforeAll(async () => {
  silence = await startSilence();
  const { port } = silence.server.address() as AddressInfo;
  const temporal = { address: `127.0.0.1:${port}`, namespace: 'default', tls: false, apiKey: null };
  service = await startService({ temporal });
});
afterAll(async () => {
  for (const socket of silence.sockets) socket.destroy();
  silence.server.close();
  await service.close();
});

/** A server that takes connections and never says a word. */
async function startSilence() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  return { server, sockets };
}

/** Longer than a call to Temporal may take, shorter than a few of them one after the other. */
const PATIENCE_MS = 12_000;

async function timed<Result>(run: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const begin = performance.now();
  return { result: await run(), ms: performance.now() - begin };
}

test('while dozens of operators wait for a Temporal that hangs, messages are accepted at once', async () => {
  const scheduled = { ...EMAIL, send_at: '2099-01-01T00:00:00Z' };
  const ids = await Promise.all(Array.from({ length: 40 }, () => service.sent(scheduled)));
  const asked = timed(() =>
    Promise.all([
      ...ids.slice(0, 30).map((id) => service.request('POST', `/api/messages/${id}/cancel/`)),
      ...ids.slice(30).map((id) => service.request('PUT', `/api/messages/${id}/`, { body: { content: 'Bye' } })),
    ]),
  );
  const accepted: Awaited<ReturnType<typeof timed<Answer>>>[] = [];
  for (let count = 0; count < 5; count += 1) accepted.push(await timed(() => service.send(EMAIL)));
  expect(accepted.map(({ result }) => result.status)).toEqual(accepted.map(() => 201));
  // An operator's connection would be held for five seconds.
  expect(Math.max(...accepted.map(({ ms }) => ms))).toBeLessThan(2_500);
  const { result: answers, ms } = await asked;
  expect(answers.slice(0, 30).map(({ status, json }) => `${status} ${json.code}`)).toEqual(
    ids.slice(0, 30).map(() => '503 temporal_unavailable'),
  );
  expect(answers[0]?.headers['retry-after']).toBe('5');
  expect(answers.slice(30).map(({ status }) => status)).toEqual(ids.slice(30).map(() => 200));
  expect(ms).toBeLessThan(PATIENCE_MS);
});
