/** An instant as clocks show it in one place. */
interface Moment {
  readonly instant: Date;
  /** The wall clock, to be read through the UTC getters. */
  readonly wall: Date;
  readonly offsetMinutes: number;
  readonly timeZone: string;
  readonly locale: string;
}

type Directive = (moment: Moment) => string | number;

/** Directives and padding of Ruby's `Time#strftime`, which Liquid refers to. */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  a: (moment) => named(moment, { weekday: 'short' }),
  A: (moment) => named(moment, { weekday: 'long' }),
  b: (moment) => named(moment, { month: 'short' }),
  B: (moment) => named(moment, { month: 'long' }),
  c: ({ wall, locale }) => wall.toLocaleString(locale, { timeZone: 'UTC' }),
  C: ({ wall }) => Math.floor(wall.getUTCFullYear() / 100),
  d: ({ wall }) => wall.getUTCDate(),
  D: (moment) => expand('%m/%d/%y', moment),
  e: ({ wall }) => wall.getUTCDate(),
  F: (moment) => expand('%Y-%m-%d', moment),
  G: ({ wall }) => isoWeek(wall).year,
  H: ({ wall }) => wall.getUTCHours(),
  I: ({ wall }) => wall.getUTCHours() % 12 || 12,
  j: ({ wall }) => dayOfYear(wall),
  k: ({ wall }) => wall.getUTCHours(),
  l: ({ wall }) => wall.getUTCHours() % 12 || 12,
  L: ({ wall }) => wall.getUTCMilliseconds(),
  m: ({ wall }) => wall.getUTCMonth() + 1,
  M: ({ wall }) => wall.getUTCMinutes(),
  n: () => '\n',
  N: ({ wall }) => String(wall.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0'),
  p: ({ wall }) => (wall.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: ({ wall }) => (wall.getUTCHours() < 12 ? 'am' : 'pm'),
  q: ({ wall }) => ordinal(wall.getUTCDate()),
  r: (moment) => expand('%I:%M:%S %p', moment),
  R: (moment) => expand('%H:%M', moment),
  s: ({ instant }) => Math.floor(instant.getTime() / 1000),
  S: ({ wall }) => wall.getUTCSeconds(),
  t: () => '\t',
  T: (moment) => expand('%H:%M:%S', moment),
  u: ({ wall }) => wall.getUTCDay() || 7,
  U: ({ wall }) => Math.floor((dayOfYear(wall) + 6 - wall.getUTCDay()) / 7),
  V: ({ wall }) => isoWeek(wall).week,
  w: ({ wall }) => wall.getUTCDay(),
  W: ({ wall }) => Math.floor((dayOfYear(wall) + 6 - ((wall.getUTCDay() + 6) % 7)) / 7),
  x: ({ wall, locale }) => wall.toLocaleDateString(locale, { timeZone: 'UTC' }),
  X: ({ wall, locale }) => wall.toLocaleTimeString(locale, { timeZone: 'UTC' }),
  y: ({ wall }) => wall.getUTCFullYear() % 100,
  Y: ({ wall }) => wall.getUTCFullYear(),
  z: ({ offsetMinutes }) => utcOffset(offsetMinutes, ''),
  Z: ({ instant, timeZone }) => zoneName(instant, timeZone, 'short'),
  '%': () => '%',
};

const WIDTHS: Readonly<Record<string, number>> = {
  ...{ C: 2, d: 2, e: 2, H: 2, I: 2, j: 3, k: 2, l: 2, L: 3, m: 2, M: 2, S: 2, U: 2, V: 2, W: 2, y: 2, Y: 4, G: 4 },
};
const PADDED_WITH_SPACES = 'aAbBcehklpPZ';

/** Widths beyond two digits are not read as such, so that a format cannot ask for a gigabyte of zeros. */
const DIRECTIVE = /%([-_0^#:]*)(\d{0,2})([a-zA-Z%])/g;

/**
 * An instant as text in a time zone, whatever zone the server is in.
 * @param format directives of Ruby's `Time#strftime`; unknown ones stay as they are
 * @param timeZone IANA name, or an offset such as `+05:30`
 * @param locale BCP 47 tag for the names of months and days
 * @throws {RangeError} for an unknown zone or a malformed locale
 */
export function strftime(instant: Date, format: string, timeZone: string, locale: string): string {
  const offsetMinutes = offsetAt(instant, timeZone);
  const wall = new Date(instant.getTime() + Math.round(offsetMinutes * 60_000));
  return expand(format, { instant, wall, offsetMinutes, timeZone, locale });
}

function expand(format: string, moment: Moment): string {
  return format.replace(DIRECTIVE, (written: string, flags: string, width: string, letter: string) => {
    const directive = DIRECTIVES[letter === 'h' ? 'b' : letter];
    if (directive === undefined) return written;
    if (letter === 'z' && flags.includes(':')) return utcOffset(moment.offsetMinutes, ':');
    return pad(recase(String(directive(moment)), flags), letter, flags, Number(width));
  });
}

function recase(text: string, flags: string): string {
  if (flags.includes('^')) return text.toUpperCase();
  if (!flags.includes('#')) return text;
  return /\p{Ll}/u.test(text) ? text.toUpperCase() : text.toLowerCase();
}

function pad(text: string, letter: string, flags: string, asked: number): string {
  if (flags.includes('-')) return text;
  let filler = PADDED_WITH_SPACES.includes(letter) ? ' ' : '0';
  if (flags.includes('0')) filler = '0';
  if (flags.includes('_')) filler = ' ';
  return text.padStart(asked || (WIDTHS[letter] ?? 0), filler);
}

function named({ wall, locale }: Moment, part: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...part, timeZone: 'UTC' }).format(wall);
}

function offsetAt(instant: Date, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const [, sign, hours, minutes, seconds] =
    /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(zoneName(instant, timeZone, 'longOffset')) ?? [];
  const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0) + Number(seconds ?? 0) / 60;
  return sign === '-' ? -offset : offset;
}

function zoneName(instant: Date, timeZone: string, style: 'short' | 'longOffset'): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: style }).formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

function utcOffset(minutes: number, separator: string): string {
  const whole = Math.abs(Math.trunc(minutes));
  const two = (part: number) => String(part).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(whole / 60))}${separator}${two(whole % 60)}`;
}

function dayOfYear(wall: Date): number {
  const yearStart = new Date(wall);
  yearStart.setUTCMonth(0, 1);
  return Math.round((wall.getTime() - yearStart.getTime()) / 86_400_000) + 1;
}

/** ISO 8601: the week belongs to the year of its Thursday. */
function isoWeek(wall: Date): { year: number; week: number } {
  const thursday = new Date(wall);
  thursday.setUTCDate(wall.getUTCDate() + 4 - (wall.getUTCDay() || 7));
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}
