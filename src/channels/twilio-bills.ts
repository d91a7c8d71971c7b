import { plainAmount } from '../domain/money.ts';
import type { BillSource } from './channel.ts';
import { createTwilioClient, type TwilioOptions } from './twilio-client.ts';

/** Asks Twilio what it bills for a message: known some time after its end (Messages resource, `price`). */
export function createTwilioBills(options: TwilioOptions): BillSource & { close(): void } {
  const client = createTwilioClient(options);
  return {
    async fetchBill(providerMessageId) {
      const { price, priceUnit, numSegments } = await client.messages(providerMessageId).fetch();
      const segments = Number(numSegments);
      return {
        cost: price === null || price === undefined ? null : { amount: costOf(price), currency: priceUnit },
        segments: segments > 0 ? segments : null,
      };
    },
    close: () => client.close(),
  };
}

/** Twilio writes costs as negative amounts, such as `-0.00750`. */
function costOf(price: string): string {
  return plainAmount(price.replace(/^-/, ''));
}
