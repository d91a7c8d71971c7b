import { describe, expect, it } from 'vitest';
import { RenderError, renderHtml, renderText } from '../../src/templates/render.ts';

const MOMENT = '2027-03-05T15:04:00Z';

function show(filter: string, value: unknown, locale = 'en', timeZone = 'UTC'): string {
  return renderText(`{{ value | ${filter} }}`, { value }, { locale, timeZone });
}

function faultOf(filter: string, value: unknown): RenderError {
  try {
    show(filter, value);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error('It was rendered after all');
}

describe('the filter date', () => {
  it.each([
    ['short', 'en', '3/5/27'],
    ['medium', 'en', 'Mar 5, 2027'],
    ['long', 'de', '5. März 2027'],
    ['full', 'pt-BR', 'sexta-feira, 5 de março de 2027'],
    ['short', 'ja', '2027/03/05'],
    ['short time', 'de', '05.03.27, 16:04'],
    ['long time', 'en', 'March 5, 2027 at 4:04 PM'],
    ['time', 'en', '4:04 PM'],
    ['time', 'de', '16:04'],
  ])('in style %s of %s is as people there write it', (style, locale, expected) => {
    expect(show(`date: "${style}"`, MOMENT, locale, 'Europe/Berlin')).toBe(expected);
  });

  it('in a style has the day of the person’s zone', () => {
    expect(show('date: "short"', '2027-03-05T23:30:00Z', 'en', 'Asia/Tokyo')).toBe('3/6/27');
  });

  it('in a style leaves a day without a time on its day', () => {
    expect(show('date: "short"', '2027-03-05', 'en', 'America/Los_Angeles')).toBe('3/5/27');
  });

  it('in a style may have a zone of the template’s choice', () => {
    expect(show('date: "time", "Asia/Tokyo"', MOMENT)).toBe('12:04 AM');
  });
});

describe('the filter number', () => {
  it.each([
    ['number', 1234567.891, 'en', '1,234,567.891'],
    ['number', 1234.5, 'de', '1.234,5'],
    ['number', 1234567, 'en-IN', '12,34,567'],
    ['number: 0', 2.5, 'en', '3'],
    ['number: 1', '2.345', 'en', '2.3'],
    ['number: 2', '12345678901234567890.12', 'en', '12,345,678,901,234,567,890.12'],
    ['percent', 0.256, 'en', '26%'],
    ['percent: 1', 0.256, 'de', '25,6 %'],
  ])('%s of %s in %s is as people there write it', (filter, value, locale, expected) => {
    expect(show(filter, value, locale)).toBe(expected);
  });

  it.each(['number: 21', 'number: -1', 'number: 0.5', 'number: "two"', 'percent: 99'])('takes no %s', (filter) => {
    expect(faultOf(filter, 1)).toMatchObject({ code: 'render_failed', variable: 'value' });
  });
});

describe('the filter money', () => {
  it.each([
    ['EUR', 'en', '€12.50'],
    ['EUR', 'de', '12,50 €'],
    ['USD', 'es-MX', 'USD 12.50'],
    ['JPY', 'en', '¥13'],
    ['BHD', 'en', 'BHD 12.500'],
    ['eur', 'en', '€12.50'],
  ])('shows an amount of %s in %s with the digits of the currency', (currency, locale, expected) => {
    expect(show(`money: "${currency}"`, '12.50', locale)).toBe(expected);
  });

  it('keeps every digit of a large amount', () => {
    expect(show('money: "USD"', '9007199254740993.01')).toBe('$9,007,199,254,740,993.01');
  });

  it('shows debts', () => {
    expect(show('money: "USD"', -3)).toBe('-$3.00');
  });

  it('may take its currency from a variable', () => {
    expect(renderText('{{ a | money: c }}', { a: 1, c: 'GBP' })).toBe('£1.00');
  });

  it.each(['money: "XYZ"', 'money: "EURO"', 'money: ""', 'money', 'money: 978'])('takes no %s', (filter) => {
    expect(faultOf(filter, 1).code).toBe('render_failed');
  });

  it('has no-break spaces in HTML and ordinary ones in text, which SMS needs', () => {
    const [source, variables, options] = ['{{ a | money: "EUR" }}', { a: 1234.5 }, { locale: 'fr' }] as const;
    expect([renderHtml(source, variables, options), renderText(source, variables, options)]).toEqual([
      '1\u202F234,50\u00A0€',
      '1 234,50 €',
    ]);
  });
});

describe('the filter plural', () => {
  const ENGLISH = 'plural: one: "# item", other: "# items"';
  const POLISH = 'plural: one: "# plik", few: "# pliki", many: "# plików", other: "# pliku"';

  it.each([
    [ENGLISH, 1, 'en', '1 item'],
    [ENGLISH, 0, 'en', '0 items'],
    [ENGLISH, '1234', 'en', '1,234 items'],
    [ENGLISH, 1.5, 'en', '1.5 items'],
    [POLISH, 1, 'pl', '1 plik'],
    [POLISH, 3, 'pl', '3 pliki'],
    [POLISH, 5, 'pl', '5 plików'],
    [POLISH, 1.5, 'pl', '1,5 pliku'],
    [ENGLISH, 5, 'pl', '5 items'],
    ['plural: other: "many"', 1, 'en', 'many'],
  ])('%s makes the form of %s in %s', (filter, value, locale, expected) => {
    expect(show(filter, value, locale)).toBe(expected);
  });

  it.each(['plural', 'plural: one: "a"', 'plural: other: "a", dozen: "b"', 'plural: "a", "b"'])(
    'takes no %s',
    (filter) => {
      expect(faultOf(filter, 1).code).toBe('render_failed');
    },
  );

  it('may take a form from a variable, which is escaped in HTML', () => {
    expect(renderHtml('{{ n | plural: other: form }}', { n: 2, form: '# <b>' })).toBe('2 &lt;b&gt;');
  });
});

describe('the filters for numbers', () => {
  const FILTERS = ['number', 'money: "EUR"', 'percent', 'plural: other: "#"'];

  it.each(FILTERS)('take no text that is no number, in %s', (filter) => {
    for (const value of ['abc', '1,5', '1e5', '0x10', ' 1', true, [1], {}]) {
      expect(faultOf(filter, value)).toMatchObject({ code: 'render_failed', variable: 'value' });
    }
  });

  it.each(FILTERS)('leave an optional variable without a value empty, in %s', (filter) => {
    expect(renderText(`[{{ value | ${filter} }}]`, { value: '' })).toBe('[]');
  });

  it.each(FILTERS)('leave a missing one to default, in %s', (filter) => {
    expect(renderText(`{{ value | ${filter} | default: "none" }}`, {})).toBe('none');
  });

  it('say nothing of a value that they cannot show', () => {
    expect(faultOf('number', 'the secret!').message).toBe('A number is needed here (line 1, column 1).');
  });
});

describe('the filter url_encode', () => {
  it.each([renderText, renderHtml])('makes a variable safe in an address', (render) => {
    expect(render('https://a.example/?b={{ c | url_encode }}', { c: 'd e&f=g/"<é' })).toBe(
      'https://a.example/?b=d+e%26f%3Dg%2F%22%3C%C3%A9',
    );
  });
});
