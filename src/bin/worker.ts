import { createActivities } from '../activities/create-activities.ts';
import { createEmailChannel } from '../channels/email.ts';
import { createSmsChannel } from '../channels/sms.ts';
import { createTwilioBills } from '../channels/twilio-bills.ts';
import { createWhatsappChannel } from '../channels/whatsapp.ts';
import { type Config, readConfig, type TwilioConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { createSealer } from '../db/sealer.ts';
import { createLinkSigner } from '../links/link-signer.ts';
import { createDispatcher } from '../service/dispatcher.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { serveWorkerStatus } from '../telemetry/worker-status.ts';
import { createGateway } from '../temporal/gateway.ts';
import { ensureSchedules } from '../temporal/schedules.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import { createWorkers } from '../temporal/worker.ts';

const config = readConfig();
const telemetry = createTelemetry({ service: 'worker', level: config.logLevel });
const db = openDatabase({ url: config.database.url.reveal(), poolSize: config.database.poolSize });
const sealer = createSealer(
  config.encryptionKeys.map(({ id, key }) => ({ id, key: Buffer.from(key.reveal(), 'base64') })),
  Buffer.from(config.lookupKey.reveal(), 'base64'),
);
const temporal = { ...config.temporal, apiKey: config.temporal.apiKey?.reveal() ?? null };
const channels = createChannels(config);
const { rules } = config;
const account = (config.sms ?? config.whatsapp)?.twilio ?? null;
const bills = account && createTwilioBills({ ...account, authToken: account.authToken.reveal() });
const links = createLinkSigner(Buffer.from(config.lookupKey.reveal(), 'base64'), config.api.publicUrl);
await ensureSearchAttributes(temporal);
await ensureSchedules(temporal);
const workers = await createWorkers({
  temporal,
  activities: createActivities({ db, sealer, channels, rules, links, telemetry, bills, approvals: null }),
  concurrency: config.worker.concurrency,
  senders: { sms: rules.sms.sendersByCountry },
  ratePerSecond: config.worker.ratePerSecond,
  ...(config.worker.workflowBundle !== null && { workflowBundle: { codePath: config.worker.workflowBundle } }),
  log: (level, message) => telemetry.log[level](message),
});
const gateway = createGateway(temporal);
const dispatcher = createDispatcher({ db, gateway, policy: config.policy, telemetry });
const status = await serveWorkerStatus(config.worker.port, telemetry.registry);

process.once('SIGINT', () => workers.shutdown());
process.once('SIGTERM', () => workers.shutdown());
dispatcher.startSweeping();
telemetry.log.info({ channels: Object.keys(channels) }, 'worker is running');
try {
  await workers.run();
} finally {
  await dispatcher.close();
  await gateway.close();
  await Promise.all(Object.values(channels).map((channel) => channel.close()));
  bills?.close();
  await status.close();
  await db.destroy();
}

function createChannels({ email, sms, whatsapp, api, worker }: Config) {
  const { publicUrl } = api;
  const twilioOptions = ({ authToken, ...rest }: TwilioConfig) => ({ ...rest, authToken: authToken.reveal() });
  return {
    ...(email && {
      email: createEmailChannel({
        ...{ smtpUrl: email.smtpUrl.reveal(), from: email.from, timeoutSeconds: email.timeoutSeconds },
        connections: worker.concurrency.email,
      }),
    }),
    ...(sms && {
      sms: createSmsChannel({
        ...{ twilio: twilioOptions(sms.twilio), from: sms.from, senders: sms.senders, publicUrl },
        validitySeconds: sms.validitySeconds,
      }),
    }),
    ...(whatsapp && {
      whatsapp: createWhatsappChannel({ twilio: twilioOptions(whatsapp.twilio), from: whatsapp.from, publicUrl }),
    }),
  };
}
