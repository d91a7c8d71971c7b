import { randomBytes } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { type AppOptions, buildApp } from '../../src/api/app.ts';
import type { ConnectionLimits } from '../../src/api/connections.ts';
import type { RateLimits } from '../../src/api/rate-limits.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createSealer } from '../../src/db/sealer.ts';
import type { ChannelSetup } from '../../src/domain/channel-setup.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import type { SmsPrices } from '../../src/domain/prices.ts';
import { DEFAULT_RETENTION_RULES } from '../../src/domain/retention.ts';
import type { SendingRules } from '../../src/domain/sending-rules.ts';
import { createLinkSigner } from '../../src/links/link-signer.ts';
import { createApiKey, SCOPES, type Scope } from '../../src/service/api-keys.ts';
import type { ServiceContext } from '../../src/service/context.ts';
import { createDispatcher } from '../../src/service/dispatcher.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { createGateway } from '../../src/temporal/gateway.ts';
import { createTestDatabase } from './database.ts';
import { freeRules } from './free-rules.ts';
import { createResponseCheck, type OpenApiDocument } from './response-check.ts';
import { createTemporalNamespace } from './temporal-namespace.ts';

export interface ServiceOptions {
  /** A namespace of its own where none is given. */
  temporal?: TemporalAddress;
  bodyLimitBytes?: number;
  /** What differs from limits that no test meets. */
  requestLimits?: Partial<RateLimits>;
  trustProxy?: AppOptions['trustProxy'];
  connections?: ConnectionLimits;
  twilioAuthToken?: string | null;
  /** What people who text HELP are told; nothing by default. */
  smsHelpText?: string | null;
  /** What is known of the set-up of the channels; nothing by default. */
  checkSetup?: () => Promise<ChannelSetup[]>;
  /** Costs are not estimated where it is left out. */
  prices?: SmsPrices;
  /** What differs from sending everything everywhere. */
  rules?: Partial<SendingRules>;
}

export interface RequestOptions {
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, as JSON unless `headers` says otherwise. */
  raw?: string | Buffer;
  /** A key that may do everything where none is given; null for none. */
  key?: string | null;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  /** What the body says, loosely typed: tests look at what they expect. */
  // biome-ignore lint/suspicious/noExplicitAny: a wrong expectation fails its test anyway
  json: any;
}

/** The service in this process, on a database of its own and a real Temporal server, with no worker. */
export interface Service {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly context: ServiceContext;
  readonly temporal: TemporalAddress;
  readonly databaseUrl: string;
  /** Sends a request and checks that the answer is as the OpenAPI document describes. */
  request(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, options?: RequestOptions): Promise<Answer>;
  /** Posts a message. */
  send(body: unknown, options?: RequestOptions): Promise<Answer>;
  /** Posts a message that has to be accepted, and gives its id. */
  sent(body: unknown): Promise<string>;
  /** The secret of a new key. */
  key(scopes: readonly Scope[], expiresAt?: Date): Promise<string>;
  close(): Promise<void>;
}

export const PUBLIC_URL = 'https://messages.example.com';
export const TWILIO_AUTH_TOKEN = 'a token that only these tests use';

/** So many requests that no test meets a limit that it does not ask for. */
export const NO_LIMITS: RateLimits = { key: 1_000_000, webhook: 1_000_000, link: 1_000_000, anonymous: 1_000_000 };

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const [database, temporal] = await Promise.all([createTestDatabase(), options.temporal ?? createTemporalNamespace()]);
  const db = openDatabase({ url: database.url, poolSize: 10 });
  const context = createContext(db, temporal, { ...freeRules(options.prices ?? null), ...options.rules });
  const { twilioAuthToken = TWILIO_AUTH_TOKEN, bodyLimitBytes = 15_000_000, trustProxy = false } = options;
  const app = await buildApp(context, {
    ...{ publicUrl: PUBLIC_URL, twilioAuthToken, bodyLimitBytes, trustProxy },
    requestLimits: { ...NO_LIMITS, ...options.requestLimits },
    ...(options.connections !== undefined && { connections: options.connections }),
    smsHelpText: options.smsHelpText ?? null,
    checkSetup: options.checkSetup ?? (async () => []),
    rateLimits: { email: null, sms: 20, whatsapp: null },
  });
  await app.ready();
  const check = createResponseCheck(app.swagger() as unknown as OpenApiDocument);
  const key = async (scopes: readonly Scope[], expiresAt: Date | null = null) =>
    (await createApiKey(context, 'test', { name: 'test', scopes, expiresAt })).secret;
  const allowed = await key(SCOPES);

  const request: Service['request'] = async (method, url, given = {}) => {
    const response = await app.inject(injection(method, url, { key: allowed, ...given }));
    const { statusCode: status, body: text } = response;
    const headers = response.headers as Record<string, string>;
    const contentType = headers['content-type'] ?? '';
    check({ method, path: new URL(url, PUBLIC_URL).pathname, status, contentType, text });
    return { status, headers, text, json: contentType.includes('json') && text !== '' ? JSON.parse(text) : null };
  };
  const send: Service['send'] = (body, given) => request('POST', '/api/messages/', { body, ...given });

  return {
    ...{ app, db, context, temporal, key, request, send },
    databaseUrl: database.url,
    async sent(body) {
      const { status, json, text } = await send(body);
      if (status !== 201) throw new Error(`The message was not accepted: ${text}`);
      return json.id;
    },
    async close() {
      await app.close();
      await context.dispatcher.close();
      await context.gateway.close();
      await db.destroy();
      await database.drop();
    },
  };
}

function createContext(db: Database, temporal: TemporalAddress, rules: SendingRules): ServiceContext {
  const telemetry = createTelemetry({ service: 'api', level: 'silent' });
  const lookupKey = randomBytes(32);
  const sealer = createSealer([{ id: 'test', key: randomBytes(32) }], lookupKey);
  const links = createLinkSigner(lookupKey, PUBLIC_URL);
  const gateway = createGateway(temporal);
  const policy = DEFAULT_POLICY;
  const dispatcher = createDispatcher({ db, gateway, policy, telemetry });
  return { db, sealer, gateway, dispatcher, policy, telemetry, rules, retention: DEFAULT_RETENTION_RULES, links };
}

function injection(method: InjectOptions['method'], url: string, options: RequestOptions): InjectOptions {
  const { key, body, raw } = options;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = {
    ...(typeof key === 'string' ? { authorization: `Bearer ${key}` } : {}),
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
  };
  return { ...(method === undefined ? {} : { method }), url, headers, ...(payload === undefined ? {} : { payload }) };
}
