const STYLE = /^(?:(short|medium|long|full)( time)?|time)$/;

/**
 * An instant as people of a language write it: `short`, `medium`, `long` and `full` are the date, `short time` and so
 * on the date with hours and minutes, `time` hours and minutes alone (Unicode CLDR, through Intl).
 * @param timeZone IANA name, or an offset such as `+05:30`
 * @param locale BCP 47 tag
 * @returns null where the style is none of these
 * @throws {RangeError} for an unknown zone or a malformed locale
 */
export function showInStyle(instant: Date, style: string, timeZone: string, locale: string): string | null {
  const [known, dateStyle, time] = STYLE.exec(style) ?? [];
  if (known === undefined) return null;
  const parts: Intl.DateTimeFormatOptions = {
    ...(dateStyle === undefined ? {} : { dateStyle: dateStyle as 'short' | 'medium' | 'long' | 'full' }),
    ...(time === undefined && dateStyle !== undefined ? {} : { timeStyle: 'short' }),
  };
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone }).format(instant);
}
