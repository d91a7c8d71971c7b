import { Temporal } from 'temporal-polyfill';
import type { QuietHours } from '../domain/recipient.ts';

/**
 * When somebody's quiet hours end; null where they are not quiet now. A start after the end spans midnight. Hours are
 * read on the clock of the time zone: where it springs over a start or an end, that happens as much later as the clock
 * springs, and where it goes through one twice, quiet hours begin with the first time and end with the second, so that
 * nobody is disturbed who might not want it.
 * @param timeZone an IANA name
 */
export function quietUntil({ start, end }: QuietHours, timeZone: string, now: Date): Date | null {
  const here = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone);
  const [from, to] = [Temporal.PlainTime.from(start), Temporal.PlainTime.from(end)];
  const days = Temporal.PlainTime.compare(from, to) > 0 ? 1 : 0;
  // Quiet hours that began the day before may last until now.
  for (const day of [here.toPlainDate().subtract({ days: 1 }), here.toPlainDate()]) {
    const begins = day.toPlainDateTime(from).toZonedDateTime(timeZone, { disambiguation: 'compatible' });
    const ends = lastOf(day.add({ days }).toPlainDateTime(to), timeZone);
    const hasBegun = Temporal.ZonedDateTime.compare(begins, here) <= 0;
    if (hasBegun && Temporal.ZonedDateTime.compare(here, ends) < 0) return new Date(ends.epochMilliseconds);
  }
  return null;
}

/** The last moment at which the clock shows a time; "later" is also what a time that is sprung over becomes. */
function lastOf(time: Temporal.PlainDateTime, timeZone: string): Temporal.ZonedDateTime {
  return time.toZonedDateTime(timeZone, { disambiguation: 'later' });
}
