import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContentSource, renderContent } from '../../src/templates/render-content.ts';
import { contentSource } from './render-email.ts';

function sms(content: string, smartEncoding: boolean, variables: Record<string, unknown> = {}): string {
  return renderContent('sms', contentSource({ content, smartEncoding }), variables, {}).text;
}

function whatsapp(
  variables: Record<string, string>,
  given: Record<string, unknown> = {},
  parts: Partial<ContentSource> = {},
) {
  const template = { contentSid: 'HX1', variables };
  return renderContent('whatsapp', contentSource({ content: 'Hi', whatsapp: template, ...parts }), given, {});
}

describe('a text message', () => {
  it('has plain letters for typographic ones where smart encoding is on', () => {
    expect(sms('“Hi” – it’s {{ n }}…', true, { n: '5\u00A0€' })).toBe('"Hi" - it\'s 5 €...');
  });

  it('is as it was written where smart encoding is off', () => {
    expect(sms('“Hi”', false)).toBe('“Hi”');
  });

  it.each(['“Hi” 🙂', '“Привет”', '“مرحبا”'])('is as it was written where that would not be enough: %s', (text) => {
    expect(sms(text, true)).toBe(text);
  });

  it('is as it was written where plain letters would make it too long', () => {
    const text = '…'.repeat(1600);
    expect(sms(text, true)).toBe(text);
  });

  it('is refused beyond 1,600 characters, smart or not', () => {
    expect(() => sms('…'.repeat(1601), true)).toThrow(expect.objectContaining({ code: 'content_too_long' }));
  });

  it('has nothing of an email or WhatsApp message', () => {
    const source = contentSource({
      ...{ content: '**a**', format: 'markdown', subject: 'b', html: 'c', mediaUrl: 'https://d.example' },
      ...{ layout: { html: '{{ content }}' }, whatsapp: { contentSid: 'HX1', variables: {} } },
    });
    expect(renderContent('sms', source, {}, {})).toEqual({
      ...{
        text: '**a**',
        subject: null,
        html: null,
        mediaUrl: null,
        contentSid: null,
        contentVariables: null,
        interactive: null,
      },
    });
  });

  it.each(['sms', 'whatsapp'] as const)('has variables exactly as they were given on %s', (channel) => {
    const text = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(text, (a) => {
        expect(renderContent(channel, contentSource({ content: 'x{{ a }}' }), { a }, {}).text).toBe(`x${a}`);
      }),
    );
  });

  it.each(['👨‍👩‍👧 👩🏽‍🚀', 'עברית abc عربى 123', '\u202Eabc\u202C', 'e\u0301'])('keeps %s', (a) => {
    expect(sms('{{ a }}', true, { a })).toBe(a);
  });
});

describe('an approved template of WhatsApp', () => {
  it('has its placeholders filled with text', () => {
    expect(whatsapp({ 1: '{{ name }}', 2: '{{ n | money: "EUR" }}' }, { name: '<O\'Neil> "x"', n: 5 })).toMatchObject({
      contentSid: 'HX1',
      contentVariables: { 1: '<O\'Neil> "x"', 2: '€5.00' },
    });
  });

  it('has the content as what the person reads', () => {
    expect(whatsapp({ 1: '{{ a }}' }, { a: 'Ada' }, { content: 'Hi {{ a }}!' }).text).toBe('Hi Ada!');
  });

  it('may have no placeholders', () => {
    expect(whatsapp({}).contentVariables).toEqual({});
  });

  it.each([
    ['a line break', 'a\nb'],
    ['a line separator', 'a\u2028b'],
    ['a carriage return', 'a\rb'],
    ['a tab', 'a\tb'],
    ['five spaces', 'a     b'],
    ['nothing', ''],
    ['spaces alone', '  '],
    ['more than 1,600 characters', 'x'.repeat(1601)],
  ])('takes no %s, and names the number and never the value', (_what, value) => {
    const refused = () => whatsapp({ 1: 'ok', 2: '{{ value }}' }, { value });
    const message = expect.stringMatching(/^The WhatsApp variable 2 (?:holds|is|has) [a-z\d ]+\.$/);
    expect(refused).toThrow(
      expect.objectContaining({ name: 'ContentError', code: 'content_variable_invalid', message }),
    );
  });

  it('may have four spaces in a row', () => {
    expect(whatsapp({ 1: 'a    b' }).contentVariables).toEqual({ 1: 'a    b' });
  });

  it.each([
    [{ 2: 'a' }, 1],
    [{ 1: 'a', 3: 'b' }, 2],
    [{ 0: 'a' }, 1],
    [{ name: 'a' }, 1],
    [{ '01': 'a' }, 1],
  ])('has no gap in its numbers: %j', (variables, missing) => {
    expect(() => whatsapp(variables)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`The WhatsApp variable ${missing} is missing`) }),
    );
  });

  it.each([
    ['what the person reads', { 1: 'a' }, 'x'.repeat(1025)],
    ['its values together', { 1: 'x'.repeat(600), 2: 'y'.repeat(500) }, 'short'],
  ])('is too long where %s has more than 1,024 characters', (_what, variables, content) => {
    expect(() => whatsapp(variables, {}, { content })).toThrow(expect.objectContaining({ code: 'content_too_long' }));
  });

  it('is refused where a variable is missing', () => {
    expect(() => whatsapp({ 1: '{{ name }}' })).toThrow(
      expect.objectContaining({ code: 'missing_variable', variable: 'name' }),
    );
  });
});
