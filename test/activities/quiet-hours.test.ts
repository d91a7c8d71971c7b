import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quietUntil } from '../../src/activities/quiet-hours.ts';

const NIGHT = { start: '22:00', end: '07:00' };

/** When quiet hours end that somebody has at a moment; null where they have none then. */
function untilAt(moment: string, quietHours: { start: string; end: string }, timeZone: string): string | null {
  return quietUntil(quietHours, timeZone, new Date(moment))?.toISOString() ?? null;
}

describe('quiet hours', () => {
  test.each([
    ['in the evening', '2026-01-10T23:00:00Z', '2026-01-11T07:00:00.000Z'],
    ['at their start', '2026-01-10T22:00:00Z', '2026-01-11T07:00:00.000Z'],
    ['after midnight', '2026-01-11T03:00:00Z', '2026-01-11T07:00:00.000Z'],
    ['a moment before their end', '2026-01-11T06:59:59.999Z', '2026-01-11T07:00:00.000Z'],
  ])('across midnight last until the morning: %s', (_, moment, until) => {
    expect(untilAt(moment, NIGHT, 'UTC')).toBe(until);
  });

  test.each([
    ['before their start', '2026-01-10T21:59:59.999Z'],
    ['at their end', '2026-01-11T07:00:00Z'],
    ['at noon', '2026-01-11T12:00:00Z'],
  ])('are over, or have not begun, %s', (_, moment) => {
    expect(untilAt(moment, NIGHT, 'UTC')).toBeNull();
  });

  test('within a day end on the same day', () => {
    expect(untilAt('2026-01-10T13:00:00Z', { start: '12:00', end: '14:00' }, 'UTC')).toBe('2026-01-10T14:00:00.000Z');
  });

  test('are read on the clock of the recipient', () => {
    expect(untilAt('2026-01-11T03:30:00Z', NIGHT, 'America/New_York')).toBe('2026-01-11T12:00:00.000Z');
  });

  test('are read on a clock that is off by quarters of an hour', () => {
    expect(untilAt('2026-01-10T16:15:00Z', NIGHT, 'Asia/Kathmandu')).toBe('2026-01-11T01:15:00.000Z');
  });
});

describe('the night in which the clock springs forward (London, 01:00 to 02:00)', () => {
  test('is an hour shorter', () => {
    expect(untilAt('2027-03-27T23:00:00Z', NIGHT, 'Europe/London')).toBe('2027-03-28T06:00:00.000Z');
  });

  test('ends quiet hours as much later as the clock springs where it springs over their end', () => {
    const quietHours = { start: '22:00', end: '01:30' };
    expect(untilAt('2027-03-28T00:45:00Z', quietHours, 'Europe/London')).toBe('2027-03-28T01:30:00.000Z');
  });

  test('begins quiet hours as much later where it springs over their start', () => {
    const quietHours = { start: '01:30', end: '05:00' };
    const moments = ['2027-03-28T01:29:00Z', '2027-03-28T01:30:00Z'];
    expect(moments.map((moment) => untilAt(moment, quietHours, 'Europe/London'))).toEqual([
      null,
      '2027-03-28T04:00:00.000Z',
    ]);
  });
});

describe('the night in which the clock falls back (London, 02:00 to 01:00)', () => {
  test('is an hour longer', () => {
    expect(untilAt('2027-10-30T23:00:00Z', NIGHT, 'Europe/London')).toBe('2027-10-31T07:00:00.000Z');
  });

  test.each([
    ['the first', '2027-10-31T00:15:00Z'],
    ['the second', '2027-10-31T01:15:00Z'],
  ])('ends quiet hours when the clock shows their end for the second time: in %s hour', (_, moment) => {
    const quietHours = { start: '22:00', end: '01:30' };
    expect(untilAt(moment, quietHours, 'Europe/London')).toBe('2027-10-31T01:30:00.000Z');
  });

  test('begins quiet hours when the clock shows their start for the first time', () => {
    const quietHours = { start: '01:30', end: '05:00' };
    expect(untilAt('2027-10-31T00:30:00Z', quietHours, 'Europe/London')).toBe('2027-10-31T05:00:00.000Z');
  });
});

describe('whatever the hours, the zone and the moment', () => {
  const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const moments = fc.date({
    min: new Date('2025-01-01T00:00:00Z'),
    max: new Date('2030-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  const zones = fc.constantFrom('UTC', 'Europe/London', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu');
  const hours = fc.tuple(minutes, minutes).filter(([start, end]) => start !== end);

  test('quiet hours end later than now, and within a day and an hour', () => {
    fc.assert(
      fc.property(hours, zones, moments, ([start, end], zone, now) => {
        const until = quietUntil({ start: clock(start), end: clock(end) }, zone, now);
        if (until === null) return;
        const wait = until.getTime() - now.getTime();
        expect(wait > 0 && wait <= 25 * 3600_000).toBe(true);
      }),
    );
  });

  test('quiet hours are those between start and end where the clock never changes', () => {
    fc.assert(
      fc.property(hours, moments, ([start, end], now) => {
        const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
        const isQuiet = start < end ? minute >= start && minute < end : minute >= start || minute < end;
        expect(quietUntil({ start: clock(start), end: clock(end) }, 'UTC', now) !== null).toBe(isQuiet);
      }),
    );
  });
});

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
