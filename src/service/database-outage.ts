import { isConnectionLoss } from '../db/database.ts';
import { ServiceError } from './service-error.ts';

/** The refusal that an error stands for where it says that the database is away; null for any other error. */
export function databaseOutage(error: unknown): ServiceError | null {
  if (!isConnectionLoss(error)) return null;
  const message = 'The database cannot be reached, so nothing was accepted or changed; try again in a moment.';
  return new ServiceError('unavailable', 'database_unavailable', message);
}
