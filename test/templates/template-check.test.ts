import { describe, expect, it } from 'vitest';
import { checkTemplate, type TemplateSource } from '../../src/templates/template-check.ts';

const NAME = { name: { type: 'string' } } as const;

function check(parts: Partial<TemplateSource>) {
  return checkTemplate({ channel: 'email', content: 'Hi', subject: null, html: null, variables: {}, ...parts });
}

/** Code and pointer of each fault. */
function faultsOf(parts: Partial<TemplateSource>): string[] {
  return check(parts).faults.map(({ code, pointer }) => `${code} ${pointer}`);
}

function warningsOf(parts: Partial<TemplateSource>): string[] {
  return check(parts).warnings.map(({ code, pointer }) => `${code} ${pointer}`);
}

const GOOD: Partial<TemplateSource>[] = [
  { channel: 'email', content: 'Hi {{ name }}', subject: 'S', html: '<p></p>', format: 'markdown', variables: NAME },
  { channel: 'email', content: '', html: '<p>{{ name }}</p>', layout: { html: '{{ content }}' }, variables: NAME },
  { channel: 'email', layout: { html: '{{ subject }}{{ content }}{{ name }}' }, variables: NAME },
  { channel: 'sms', content: 'Hi {{ name }}', sms: { smart_encoding: true }, variables: NAME },
  { channel: 'whatsapp', sms: {}, whatsapp: { variables: { 1: '{{ name }}', 2: 'x' } }, variables: NAME },
  { channel: 'sms', locales: { de: { content: '{{ name }}' }, 'pt-BR': { content: 'b' } }, variables: NAME },
];

describe('a good template', () => {
  it.each(GOOD)('has neither faults nor warnings: %j', (parts) => {
    expect(check(parts)).toEqual({ faults: [], warnings: [] });
  });
});

describe('a fault of a template', () => {
  it('is Liquid that is not valid, with its place', () => {
    expect(check({ content: 'a\n{% if b %}' }).faults).toEqual([
      { pointer: '/content', code: 'invalid_liquid', message: expect.stringContaining('(line 2, column 1)') },
    ]);
  });

  it.each<[string, Partial<TemplateSource>, string]>([
    ['the subject', { subject: '{{' }, '/subject'],
    ['the HTML', { html: '{{' }, '/html'],
    ['a language', { locales: { 'pt-BR': { content: '{{' } } }, '/locales/pt-BR/content'],
    ['the subject of a language', { locales: { de: { subject: '{{' } } }, '/locales/de/subject'],
    ['the HTML of a language', { locales: { de: { html: '{{' } } }, '/locales/de/html'],
    ['a placeholder', { channel: 'whatsapp', whatsapp: { variables: { 1: '{{' } } }, '/whatsapp/variables/1'],
    ['the layout', { layout: { html: '{{' } }, '/layout'],
  ])('is Liquid that is not valid in %s', (_where, parts, pointer) => {
    expect(faultsOf(parts)).toEqual([`invalid_liquid ${pointer}`]);
  });

  it.each<[string, Partial<TemplateSource>, string]>([
    ['content', { content: '{{ name }}' }, 'content'],
    ['subject', { subject: '{{ name }}' }, 'subject'],
    ['html', { html: '{{ name }}' }, 'html'],
    ['a language', { locales: { de: { content: '{{ name }}' } } }, 'content in de'],
    ['a placeholder', { channel: 'whatsapp', whatsapp: { variables: { 1: '{{ name }}' } } }, 'placeholder 1'],
    ['the layout', { layout: { html: '{{ content }}{{ name }}' } }, 'layout'],
  ])('is a variable that is used in %s and not declared', (_where, parts, where) => {
    expect(check(parts).faults).toEqual([
      {
        pointer: '/variables/name',
        code: 'undeclared_variable',
        message: `The variable "name" is used in ${where} and not declared.`,
      },
    ]);
  });

  it.each<[string, Partial<TemplateSource>, string[]]>([
    [
      'a name that Liquid cannot read',
      { content: 'a', variables: { '1a': { type: 'string' } } },
      ['invalid_name /variables/1a'],
    ],
    [
      'a default of another type',
      { content: '{{ a }}', variables: { a: { type: 'number', default: 'x' } } },
      ['wrong_type /variables/a/default'],
    ],
    ['a layout without the body', { layout: { html: '<p></p>' } }, ['layout_without_content /layout']],
    [
      'a layout with the body twice',
      { layout: { html: '{{ content }}{{ content }}' } },
      ['layout_content_repeated /layout'],
    ],
    ['a language that is none', { locales: { pt_BR: { content: 'a' } } }, ['invalid_locale /locales/pt_BR']],
    [
      'a language with an extension',
      { locales: { 'de-u-nu-latn': { content: 'a' } } },
      ['invalid_locale /locales/de-u-nu-latn'],
    ],
    [
      'a language that is there twice',
      { locales: { 'pt-BR': { content: 'a' }, 'pt-br': { content: 'b' } } },
      ['duplicate_locale /locales/pt-br'],
    ],
    [
      'a gap in the placeholders',
      { channel: 'whatsapp', whatsapp: { variables: { 1: 'a', 3: 'b' } } },
      ['content_variable_invalid /whatsapp/variables'],
    ],
    [
      'an empty placeholder',
      { channel: 'whatsapp', whatsapp: { variables: { 1: ' ' } } },
      ['content_variable_invalid /whatsapp/variables/1'],
    ],
    ['a subject of an SMS', { channel: 'sms', subject: 'a' }, ['not_for_channel /subject']],
    ['HTML of a WhatsApp message', { channel: 'whatsapp', html: 'a' }, ['not_for_channel /html']],
    ['a layout of an SMS', { channel: 'sms', layout: { html: '{{ content }}' } }, ['not_for_channel /layout']],
    ['SMS options of an email', { sms: { smart_encoding: true } }, ['not_for_channel /sms']],
    ['a WhatsApp template of an email', { whatsapp: { variables: {} } }, ['not_for_channel /whatsapp']],
    ['Markdown of an SMS', { channel: 'sms', format: 'markdown' }, ['not_for_channel /format']],
    [
      'a subject in a language of an SMS',
      { channel: 'sms', locales: { de: { content: 'a', subject: 'b' } } },
      ['not_for_channel /locales/de/subject'],
    ],
  ])('is %s', (_what, parts, expected) => {
    expect(faultsOf(parts)).toEqual(expected);
  });

  it('is reported beside all the others', () => {
    expect(
      faultsOf({ channel: 'sms', content: '{{ a }}', subject: '{{ b', locales: { '?': { content: '{{ c }}' } } }),
    ).toEqual([
      ...['invalid_liquid /subject', 'undeclared_variable /variables/a', 'undeclared_variable /variables/c'],
      ...['invalid_locale /locales/?', 'not_for_channel /subject'],
    ]);
  });

  it('has a pointer that is escaped', () => {
    expect(faultsOf({ locales: { 'a/b~c': { content: 'a' } } })).toEqual(['invalid_locale /locales/a~1b~0c']);
  });
});

describe('a warning about a template', () => {
  it('is a variable that is declared and not used', () => {
    expect(warningsOf({ variables: NAME })).toEqual(['unused_variable /variables/name']);
  });

  it('is none about unused variables where a source cannot be read', () => {
    expect(warningsOf({ content: '{{', variables: NAME })).toEqual([]);
  });

  it('is a language that leaves something out', () => {
    expect(
      warningsOf({ html: '<p></p>', locales: { de: { content: 'a' }, fr: { content: 'b', html: null } } }),
    ).toEqual(['incomplete_locale /locales/de']);
  });
});
