import { createActivities } from '../activities/create-activities.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { createDispatcher } from '../service/dispatcher.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { serveWorkerStatus } from '../telemetry/worker-status.ts';
import { createGateway } from '../temporal/gateway.ts';
import { ensureSchedules } from '../temporal/schedules.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import { createWorkers } from '../temporal/worker.ts';
import { createChannels } from './create-channels.ts';
import { createKeyHolders } from './revealed.ts';

const config = readConfig();
const telemetry = createTelemetry({ service: 'worker', level: config.logLevel });
const db = openDatabase({ url: config.database.url.reveal(), poolSize: config.database.poolSize });
const { sealer, links } = createKeyHolders(config);
const temporal = { ...config.temporal, apiKey: config.temporal.apiKey?.reveal() ?? null };
const { channels, bills, approvals, close: closeChannels } = createChannels(config, db);
const { rules } = config;
await Promise.all([ensureSearchAttributes(temporal), ensureSchedules(temporal)]);
const workers = await createWorkers({
  temporal,
  activities: createActivities({ db, sealer, channels, rules, links, telemetry, bills, approvals }),
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
  await closeChannels();
  await status.close();
  await db.destroy();
}
