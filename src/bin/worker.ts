import { createActivities } from '../activities/create-activities.ts';
import type { BulkActionSteps } from '../activities/dependencies.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { createDispatcher } from '../service/dispatcher.ts';
import { type ReconcileCursor, reconcilePage } from '../service/reconcile.ts';
import { runBulkActionStep, stopBulkActionByHand } from '../service/run-bulk-action.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { serveWorkerStatus } from '../telemetry/worker-status.ts';
import { callsInTurn, createGateway } from '../temporal/gateway.ts';
import { ensureSchedules } from '../temporal/schedules.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import { currentBuild } from '../temporal/versioning.ts';
import { createWorkers } from '../temporal/worker.ts';
import { createWorkflowStates } from '../temporal/workflow-states.ts';
import { createChannels } from './create-channels.ts';
import { logWhatNodeSays } from './last-words.ts';
import { createKeyHolders } from './revealed.ts';

logWhatNodeSays('worker');
const config = readConfig();
const telemetry = createTelemetry({ service: 'worker', level: config.logLevel });
const db = openDatabase({ url: config.database.url.reveal(), poolSize: config.database.poolSize });
const { sealer, links } = createKeyHolders(config);
const temporal = { ...config.temporal, apiKey: config.temporal.apiKey?.reveal() ?? null };
const { channels, bills, approvals, close: closeChannels } = createChannels(config, db);
const { rules, retention, policy } = config;
await Promise.all([ensureSearchAttributes(temporal), ensureSchedules(temporal)]);
const gateway = createGateway(temporal, callsInTurn(config.database.poolSize));
const workflows = createWorkflowStates(temporal);
const reconciler = (cursor: ReconcileCursor) => reconcilePage({ db, gateway, policy, telemetry, workflows }, cursor);
const dispatcher = createDispatcher({ db, gateway, policy, telemetry });
const bulk = { db, sealer, gateway, policy, telemetry };
const bulkActions: BulkActionSteps = {
  step: (id, onProgress) => runBulkActionStep(bulk, id, onProgress),
  stop: (id) => stopBulkActionByHand(bulk, id),
};
const workers = await createWorkers({
  temporal,
  activities: createActivities({
    ...{ db, sealer, channels, rules, policy, retention, links, telemetry },
    ...{ bills, approvals, bulkActions, reconciler },
  }),
  concurrency: config.worker.concurrency,
  senders: { sms: rules.sms.sendersByCountry },
  ratePerSecond: config.worker.ratePerSecond,
  buildId: config.worker.buildId,
  ...(config.worker.workflowBundle !== null && { workflowBundle: { codePath: config.worker.workflowBundle } }),
  log: (level, message) => telemetry.log[level](message),
});
const status = await serveWorkerStatus(config.worker.port, telemetry.registry);

process.once('SIGINT', () => workers.shutdown());
process.once('SIGTERM', () => workers.shutdown());
dispatcher.startSweeping();
const { buildId } = config.worker;
const versions = buildId === null ? {} : { buildId, currentBuild: await currentBuild(temporal) };
telemetry.log.info({ channels: Object.keys(channels), ...versions }, 'worker is running');
try {
  await workers.run();
} finally {
  await dispatcher.close();
  await gateway.close();
  await workflows.close();
  await closeChannels();
  await status.close();
  await db.destroy();
}
