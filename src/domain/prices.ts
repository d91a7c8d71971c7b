/** What texts cost, for estimates: the provider's bill decides. */
export interface SmsPrices {
  /** ISO 4217. */
  readonly currency: string;
  /** Decimal price of one segment by country (ISO 3166-1, two letters); `*` stands for every other one. */
  readonly perSegment: Readonly<Record<string, string>>;
}

export interface CostEstimate {
  /** Decimal. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/**
 * What a text to a number of a country costs, without rounding.
 * @param country null where the number belongs to no country
 * @returns null where no price is known
 */
export function estimateSmsCost(prices: SmsPrices, country: string | null, segments: number): CostEstimate | null {
  const price = prices.perSegment[country ?? '*'] ?? prices.perSegment['*'];
  if (price === undefined) return null;
  const [whole = '', fraction = ''] = price.split('.');
  const digits = String(BigInt(whole + fraction) * BigInt(segments)).padStart(fraction.length + 1, '0');
  const point = digits.length - fraction.length;
  const amount = fraction === '' ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return { amount, currency: prices.currency };
}
