/** The most decimal places that amounts of ours have, as the database keeps them. */
const SCALE = 6;

/** Decimal amounts as whole numbers of their millionth part, so that nothing is rounded. */
function toMicros(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(SCALE, '0').slice(0, SCALE));
}

/** The exact sum of two decimal amounts. */
export function addAmounts(one: string, other: string): string {
  const digits = (toMicros(one) + toMicros(other)).toString().padStart(SCALE + 1, '0');
  return `${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`;
}

/** Whether one decimal amount is more than another. */
export function isMoreThan(amount: string, other: string): boolean {
  return toMicros(amount) > toMicros(other);
}

/** A decimal amount without zeros that say nothing: `0.080000` is `0.08`. */
export function plainAmount(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}
