/** The types of variables, and how a sentence calls a value of each. */
export const VARIABLE_TYPES = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  date: 'an RFC 3339 date or date-time',
  url: 'an http or https URL',
  list: 'a list',
  object: 'an object',
} as const;

export type VariableType = keyof typeof VARIABLE_TYPES;

/** RFC 3339, section 5.6: `full-date`, or `date-time` with its offset. */
export const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

/** `URL` would silently drop spaces and line breaks and add missing slashes. */
export const WEB_URL = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\p{Cc}]+$/u;

const FITS: Readonly<Record<VariableType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  date: (value) => typeof value === 'string' && isDate(value),
  url: (value) => typeof value === 'string' && isWebUrl(value),
  list: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Whether a JSON value is of a type. A date has to exist; leap seconds are refused, as JavaScript has none. */
export function fitsType(value: unknown, type: VariableType): boolean {
  return FITS[type](value);
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  // A day that does not exist rolls over into the next month.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCDate() === Number(day);
}

function isWebUrl(text: string): boolean {
  return WEB_URL.test(text) && URL.canParse(text);
}
