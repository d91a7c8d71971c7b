import { readConfig } from '../config.ts';
import { migrateToLatest } from '../db/migrate.ts';

await migrateToLatest(readConfig().database.url.reveal());
