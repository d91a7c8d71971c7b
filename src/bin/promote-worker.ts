import { readConfig } from '../config.ts';
import { makeCurrent, PromotionRefused } from '../temporal/versioning.ts';
import { sayWhyItEnds } from './last-words.ts';

sayWhyItEnds();

const { temporal, worker } = readConfig();
try {
  await makeCurrent({ ...temporal, apiKey: temporal.apiKey?.reveal() ?? null }, worker.buildId);
  process.stdout.write(`New messages start on ${worker.buildId ?? 'workers without a build id'}.\n`);
} catch (error) {
  if (!(error instanceof PromotionRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
