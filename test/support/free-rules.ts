import type { SmsPrices } from '../../src/domain/prices.ts';
import type { SendingRules } from '../../src/domain/sending-rules.ts';

/** Every text may go everywhere, and nothing is tracked. */
export function freeRules(prices: SmsPrices | null = null): SendingRules {
  return {
    email: { tracking: 'off', listUnsubscribe: 'all', hasReturnPath: true },
    sms: { countries: null, sendersByCountry: [], prices, costLimit: null, costLimitPerDay: null },
    whatsapp: { sender: '+14155238886', unknownWindow: 'open' },
    defaultTimeZone: 'UTC',
  };
}
