import { readConfig } from '../config.ts';
import { migrateToLatest } from '../db/migrate.ts';
import { sayWhyItEnds } from './last-words.ts';

sayWhyItEnds();

await migrateToLatest(readConfig().database.url.reveal());
