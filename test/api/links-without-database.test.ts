import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../src/api/app.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { LinkPurpose } from '../../src/links/link-signer.ts';
import { PUBLIC_URL, type Service, startService } from '../support/service.ts';

let service: Service;
let close: () => Promise<unknown>;
let app: Awaited<ReturnType<typeof buildApp>>;

/** The same service, whose database nobody answers for. */
beforeAll(async () => {
  service = await startService();
  const db = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 });
  app = await buildApp(
    { ...service.context, db },
    {
      ...{
        publicUrl: PUBLIC_URL,
        twilioAuthToken: null,
        bodyLimitBytes: 10_000,
        requestLimits: { key: 1_000, webhook: 1_000, link: 1_000, anonymous: 1_000 },
      },
      smsHelpText: 'Write to help@example.com.',
      ...{ checkSetup: async () => [], rateLimits: { email: null, sms: null, whatsapp: null } },
    },
  );
  close = async () => {
    await app.close();
    await db.destroy();
    await service.close();
  };
});
afterAll(() => close());

const path = (purpose: LinkPurpose) =>
  service.context.links.link(purpose, { attemptId: uuidv7(), url: 'https://shop.example/' }).slice(PUBLIC_URL.length);
const failures = async (act: string) =>
  (await service.context.telemetry.registry.getSingleMetric('tracking_failures_total')?.get())?.values.find(
    ({ labels }) => labels.act === act,
  )?.value;

test('an opened mail gets its picture, and what could not be recorded is counted', async () => {
  const { statusCode } = await app.inject({ url: path('open') });
  expect(statusCode).toBe(200);
  await expect.poll(() => failures('opened')).toBe(1);
});

test('a followed link leads to its URL, and what could not be recorded is counted', async () => {
  const { headers } = await app.inject({ url: path('click') });
  expect(headers.location).toBe('https://shop.example/');
  await expect.poll(() => failures('clicked')).toBe(1);
});

test('unsubscribing is refused for the moment, never taken without being kept', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const payload = 'List-Unsubscribe=One-Click';
  const { statusCode } = await app.inject({ method: 'POST', url: path('unsubscribe'), headers, payload });
  expect(statusCode).toBe(503);
});

test('confirming is refused for the moment, never taken without being kept', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const payload = 'acknowledge=yes';
  const { statusCode } = await app.inject({ method: 'POST', url: path('acknowledge'), headers, payload });
  expect(statusCode).toBe(503);
});
