import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { renderText } from '../../src/templates/render.ts';

function show(value: unknown, format: string, options: { timeZone?: string; locale?: string } = {}): string {
  return renderText(`{{ value | date: "${format}" }}`, { value }, options);
}

describe.each(['America/Los_Angeles', 'UTC', 'Pacific/Auckland'])('on a server in %s, a date', (serverZone) => {
  beforeAll(() => {
    vi.stubEnv('TZ', serverZone);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('is shown in UTC where no zone is given', () => {
    expect(show('2016-02-01T00:00:00Z', '%Y/%m/%d %H:%M %z')).toBe('2016/02/01 00:00 +0000');
  });

  it.each([
    ['America/Los_Angeles', '2016/01/31 16:00 PST -0800'],
    ['Asia/Kolkata', '2016/02/01 05:30 GMT+5:30 +0530'],
    ['+09:00', '2016/02/01 09:00 GMT+9 +0900'],
  ])('is shown in the zone %s of the rendering', (timeZone, expected) => {
    expect(show('2016-02-01T00:00:00Z', '%Y/%m/%d %H:%M %Z %z', { timeZone })).toBe(expected);
  });

  it('is right in the hour that the server’s clock leaves out', () => {
    expect(show('2024-03-10T02:30:00Z', '%H:%M')).toBe('02:30');
  });

  it.each([
    ['before', '2027-03-28T00:59:00Z', '00:59 +0000'],
    ['after', '2027-03-28T01:00:00Z', '02:00 +0100'],
  ])('is right %s the clocks of its zone change', (_when, value, expected) => {
    expect(show(value, '%H:%M %z', { timeZone: 'Europe/London' })).toBe(expected);
  });

  it.each(['2016-02-01', '2016-02-01T00:00:00', 'Feb 1, 2016'])('without an offset stays what it is: %s', (value) => {
    expect(show(value, '%F %T', { timeZone: 'America/Los_Angeles' })).toBe('2016-02-01 00:00:00');
  });
});

describe('a date', () => {
  it('may be seconds since 1970', () => {
    expect(show(1_454_284_800, '%F')).toBe('2016-02-01');
  });

  it('may be shown in a zone of the template’s choice', () => {
    expect(renderText('{{ 0 | date: "%H", "Asia/Tokyo" }} {{ 0 | date: "%H", -540 }}', {})).toBe('09 09');
  });

  it('has names in the language of the rendering', () => {
    expect(show('2016-02-01T00:00:00Z', '%A, %-d. %B', { locale: 'de' })).toBe('Montag, 1. Februar');
  });

  it('has English names where no language is given', () => {
    expect(show('2016-02-01T00:00:00Z', '%a %b')).toBe('Mon Feb');
  });

  it.each([
    ['%y %C %m %d %e %j', '16 20 02 01  1 032'],
    ['%H %k %I %l %M %S %L %N', '15 15 03  3 04 05 006 006000000'],
    ['%p %P %r', 'PM pm 03:04:05 PM'],
    ['%D %F %R %T', '02/01/16 2016-02-01 15:04 15:04:05'],
    ['%u %w %U %V %W %G', '1 1 05 05 05 2016'],
    ['%s %%', '1454339045 %'],
    ['%-m %_m %^b %#B %10Y %:z', '2  2 FEB FEBRUARY 0000002016 +00:00'],
    ['%-d%q', '1st'],
    ['%v %E', '%v %E'],
  ])('has the parts that %s asks for', (format, expected) => {
    expect(show('2016-02-01T15:04:05.006Z', format)).toBe(expected);
  });

  it.each([
    ['2021-01-03T00:00:00Z', '2020-W53'],
    ['2020-12-31T23:00:00Z', '2020-W53'],
    ['2024-12-30T00:00:00Z', '2025-W01'],
  ])('is in the week that ISO 8601 says: %s', (value, expected) => {
    expect(show(value, '%G-W%V')).toBe(expected);
  });

  it('has a form that machines read', () => {
    const options = { timeZone: 'Europe/Berlin' };
    expect(renderText('{{ "2016-02-01T00:00:00Z" | date_to_xmlschema }}', {}, options)).toBe(
      '2016-02-01T01:00:00+01:00',
    );
  });

  it('has a form of its own where the template names none', () => {
    expect(renderText('{{ "2016-02-01T15:04:00Z" | date }}', {})).toBe('Monday, February 1, 2016 at 3:04 pm +0000');
  });

  it('that is none is shown as it is', () => {
    expect(show('soon', '%F')).toBe('soon');
  });

  it('cannot be shown in a zone that does not exist', () => {
    expect(() => show('2016-02-01T00:00:00Z', '%F', { timeZone: 'Mars/Olympus' })).toThrow(
      expect.objectContaining({ name: 'RenderError', code: 'render_failed' }),
    );
  });
});
