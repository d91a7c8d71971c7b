import { type Context, toValue } from 'liquidjs';
import { RenderError } from './render-error.ts';

/** The `this` of a filter. */
export interface FilterCall {
  readonly context: Context;
}

/** Of a number as JSON writes it, without an exponent; long enough for every amount. */
const NUMERAL = /^-?\d{1,30}(?:\.\d{1,30})?$/;

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * The filter `number`: `{{ 1234.5 | number }}` is 1,234.5 in English and 1.234,5 in German.
 * @param digits most digits of the fraction, 0 to 20; three where it is not given
 * @throws {RenderError} for what is no number
 */
export function number(this: FilterCall, value: unknown, digits?: unknown): string {
  return writeNumber(this, value, fraction(digits));
}

/**
 * The filter `money`: `{{ 12.5 | money: "EUR" }}` is €12.50 in English and 12,50 € in German, with as many digits as the
 * currency has.
 * @param currency an ISO 4217 code
 * @throws {RenderError} for what is no number, and for an unknown currency
 */
export function money(this: FilterCall, value: unknown, currency: unknown): string {
  const code = String(toValue(currency) ?? '').toUpperCase();
  if (!CURRENCIES.has(code)) throw new RenderError('render_failed', 'The filter "money" needs an ISO 4217 code.');
  return writeNumber(this, value, { style: 'currency', currency: code });
}

/**
 * The filter `percent`: `{{ 0.256 | percent: 1 }}` is 25.6%.
 * @param digits most digits of the fraction, 0 to 20; none where it is not given
 * @throws {RenderError} for what is no number
 */
export function percent(this: FilterCall, value: unknown, digits?: unknown): string {
  return writeNumber(this, value, { style: 'percent', ...fraction(digits) });
}

/**
 * A number, or a text that is one, in the language of the rendering. An empty text, which is what an optional variable
 * without a value is, stays empty.
 * @throws {RenderError} for everything else
 */
export function writeNumber({ context }: FilterCall, value: unknown, options: Intl.NumberFormatOptions): string {
  const numeral = numeralOf(value);
  return numeral === '' ? '' : new Intl.NumberFormat(context.opts.locale, options).format(numeral);
}

/** @throws {RenderError} for what is neither a number, nor a text that is one, nor empty */
export function numeralOf(given: unknown): number | `${number}` | '' {
  const value: unknown = toValue(given);
  if (value === '' || (typeof value === 'number' && Number.isFinite(value))) return value;
  // A text is not made a number, so that amounts beyond 2^53 keep their digits.
  if (typeof value === 'string' && NUMERAL.test(value)) return value as `${number}`;
  throw new RenderError('render_failed', 'A number is needed here.');
}

function fraction(digits: unknown): Intl.NumberFormatOptions {
  const most: unknown = toValue(digits);
  if (most === undefined) return {};
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 0 || most > 20) {
    throw new RenderError('render_failed', 'The digits of a fraction are a whole number from 0 to 20.');
  }
  return { maximumFractionDigits: most };
}
