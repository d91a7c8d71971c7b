import { type Context, toValue } from 'liquidjs';
import { showInStyle } from './date-style.ts';
import { strftime } from './strftime.ts';

/** What `date` gives without a format, as in liquidjs. */
const DEFAULT_FORMAT = '%A, %B %-e, %Y at %-l:%M %P %z';

const NAMES_A_ZONE = /(?:Z|UTC|GMT|[ECMP][SD]T|[+-]\d\d:?\d\d)\)?$/i;
const ISO_WITHOUT_ZONE = /^\d{4}-\d\d-\d\d(?:T[\d:.]+)?$/;

interface FilterCall {
  readonly context: Context;
}

/**
 * The filter `date`: an instant in the zone of the rendering. A date or time without an offset is a wall clock reading
 * and stays what it is. What is no date is passed on unchanged, as Liquid does.
 * @param format directives of `strftime`, or a style of the language such as `long` or `short time` (`showInStyle`)
 * @param zone an IANA name, or minutes as in `Date#getTimezoneOffset`, in place of the zone of the rendering
 */
export function date(this: FilterCall, given: unknown, format?: unknown, zone?: unknown): unknown {
  const value: unknown = toValue(given);
  const moment = readMoment(value);
  if (moment === null) return given;
  const { timezoneOffset, locale } = this.context.opts;
  const timeZone = moment.isWallClock ? 'UTC' : zoneOf(zone ?? timezoneOffset);
  const wanted = String(toValue(format) ?? DEFAULT_FORMAT);
  return showInStyle(moment.instant, wanted, timeZone, locale) ?? strftime(moment.instant, wanted, timeZone, locale);
}

/** The filter `date_to_xmlschema`: RFC 3339, section 5.6. */
export function dateToXmlSchema(this: FilterCall, given: unknown): unknown {
  return date.call(this, given, '%Y-%m-%dT%H:%M:%S%:z');
}

function readMoment(value: unknown): { instant: Date; isWallClock: boolean } | null {
  if (value === 'now' || value === 'today') return { instant: new Date(), isWallClock: false };
  if (typeof value === 'number') return valid(new Date(value * 1000), false);
  if (typeof value !== 'string' || value.trim() === '') return null;
  if (/^\d+$/.test(value)) return valid(new Date(Number(value) * 1000), false);
  if (ISO_WITHOUT_ZONE.test(value)) return valid(new Date(value.includes('T') ? `${value}Z` : value), true);
  if (NAMES_A_ZONE.test(value)) return valid(new Date(value), false);
  // `new Date` would read it in the server's zone.
  return valid(new Date(`${value} UTC`), true);
}

function valid(instant: Date, isWallClock: boolean): { instant: Date; isWallClock: boolean } | null {
  return Number.isNaN(instant.getTime()) ? null : { instant, isWallClock };
}

function zoneOf(zone: unknown): string {
  const value: unknown = toValue(zone);
  if (typeof value !== 'number') return String(value ?? 'UTC');
  const minutes = Math.abs(Math.trunc(value));
  const clock = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
  return `${value > 0 ? '-' : '+'}${clock}`;
}
