import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { connectionOptions, type TemporalAddress } from './connect.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/**
 * Creates the search attributes that the workflows use where the namespace lacks them: without them no workflow could
 * be started. Needs the right to change the namespace only when one is missing.
 */
export async function ensureSearchAttributes(address: TemporalAddress): Promise<void> {
  const connection = await Connection.connect(connectionOptions(address));
  try {
    const { namespace } = address;
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map(({ name }) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } finally {
    await connection.close();
  }
}
