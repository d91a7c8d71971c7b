import { buildApp } from '../api/app.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { createDispatcher } from '../service/dispatcher.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { callsInTurn, createGateway } from '../temporal/gateway.ts';
import { logWhatNodeSays } from './last-words.ts';
import { createKeyHolders } from './revealed.ts';
import { setupOptions } from './setup-options.ts';

logWhatNodeSays('api');
const config = readConfig();
const telemetry = createTelemetry({ service: 'api', level: config.logLevel });
const db = openDatabase({ url: config.database.url.reveal(), poolSize: config.database.poolSize });
const { sealer, links } = createKeyHolders(config);
const temporal = { ...config.temporal, apiKey: config.temporal.apiKey?.reveal() ?? null };
const gateway = createGateway(temporal, callsInTurn(config.database.poolSize));
const { policy, rules, retention } = config;
const dispatcher = createDispatcher({ db, gateway, policy, telemetry });
const twilio = (config.sms ?? config.whatsapp)?.twilio ?? null;
const context = { db, sealer, gateway, dispatcher, policy, telemetry, rules, retention, links };
const app = await buildApp(context, {
  publicUrl: config.api.publicUrl,
  twilioAuthToken: twilio?.authToken.reveal() ?? null,
  smsHelpText: config.smsHelpText,
  bodyLimitBytes: config.api.bodyLimitBytes,
  requestLimits: config.api.requestLimits,
  trustProxy: config.api.trustProxy,
  rateLimits: config.worker.ratePerSecond,
  // The clients of the providers are loaded when they are asked for first: the API itself calls none.
  checkSetup: async () => (await import('../channels/setup.ts')).checkSetup(setupOptions(config)),
});

// Loaded only where it is used.
const bounces =
  config.bounceListener === null
    ? null
    : await (await import('../bounces/bounce-listener.ts')).startBounceListener(context, config.bounceListener);

async function stop(): Promise<void> {
  await bounces?.close();
  await app.close();
  await dispatcher.close();
  await gateway.close();
  await db.destroy();
}

process.once('SIGINT', stop);
process.once('SIGTERM', stop);
await app.listen({ host: config.api.host, port: config.api.port });
telemetry.log.info({ url: config.api.publicUrl }, 'api is listening');
