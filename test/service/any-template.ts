import fc from 'fast-check';
import { findUnsafeText } from '../../src/domain/unsafe-text.ts';
import type { templateText } from '../../src/service/template-file.ts';

type FileTemplate = Parameters<typeof templateText>[0];

/** What a text format may trip over: its own marks, line breaks of all kinds, marks that nobody sees, and scripts. */
const NASTY = [
  ...['---\n', '\n---\n', '---', '...\n', '\r\n', '\n', '\r', '\n\n', '\u2028', '\u0085', '\ufeff', '\t', '  ', ' \n'],
  ...[
    '# ',
    '- ',
    ': ',
    '? ',
    '|\n',
    '>-\n',
    '&a ',
    '*a',
    '!!str ',
    '"',
    "'",
    '\\',
    '`',
    '%TAG',
    '<<',
    '@',
    '~',
    'null',
  ],
  ...[
    'yes',
    '0x1f',
    '1e3',
    '.nan',
    '2030-05-01',
    '<p>',
    '👩‍👩‍👧',
    'é',
    'e\u0301',
    'مرحبا',
    '\u202eabc',
    '\u200f',
    '漢字',
  ],
];

/** Any text that can be stored and that Liquid takes for plain text. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 12 })
  .map((parts) => parts.join('').replaceAll(/[\0{]/g, ''));

const anyWords = anyText.map((text) => `${text}words`);
const anyName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);

/** Any value that can be stored. */
const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }).filter((value) => findUnsafeText(value) === null);

const anyDeclaration = fc.oneof(
  fc.record({ type: fc.constant('string'), default: anyText, description: anyText }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('list'), required: fc.boolean(), example: fc.array(anyJson, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('object'), default: fc.dictionary(fc.constantFrom('a', '1', 'b: c', '漢'), anyJson) }),
);

const anyVariables = fc.dictionary(fc.constantFrom('name', 'größe', 'x1', '_y', '名前'), anyDeclaration);

/** What every channel's templates have. */
const common = {
  name: anyName,
  category: fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/),
  retention: fc.constantFrom('standard', 'short'),
  policy: fc.constantFrom(null, { retry_delays: [30, 120], on_uncertain: 'hold' } as const),
  is_active: fc.boolean(),
  ...{ subject: fc.constant(null), html: fc.constant(null), format: fc.constant('text' as const) },
  ...{ layout: fc.constant(null), sms: fc.constant({}), whatsapp: fc.constant(null), variables: anyVariables },
};

const anyEmail = fc.record({
  ...common,
  channel: fc.constant('email' as const),
  content: fc.oneof(anyWords, anyText),
  subject: fc.option(anyText),
  html: anyWords,
  format: fc.constantFrom('text' as const, 'markdown' as const),
  locales: anyLocales({ content: anyWords, subject: fc.option(anyText), html: fc.option(anyText) }),
});

const anySms = fc.record({
  ...common,
  channel: fc.constant('sms' as const),
  content: anyWords,
  sms: fc.record(
    { smart_encoding: fc.boolean(), warn_segments: fc.integer({ min: 2, max: 20 }) },
    { requiredKeys: [] },
  ),
  locales: anyLocales({ content: anyWords }),
});

const anyWhatsapp = fc.record({
  ...common,
  channel: fc.constant('whatsapp' as const),
  content: anyWords,
  whatsapp: fc.option(
    fc.record({
      content_sid: fc.stringMatching(/^HX[0-9a-f]{32}$/),
      variables: fc.array(anyWords, { maxLength: 12 }).map(numbered),
      category: fc.constantFrom('utility' as const, 'marketing' as const, 'authentication' as const),
      language: fc.constantFrom('en', 'pt_BR'),
    }),
  ),
  locales: anyLocales({ content: anyWords }),
});

/** Any template that could be saved, as JSON gives it. */
export const anyTemplate: fc.Arbitrary<FileTemplate> = fc
  .oneof(anyEmail, anySms, anyWhatsapp)
  .map((template) => JSON.parse(JSON.stringify(template)));

function anyLocales<Fields extends object>(fields: { [Field in keyof Fields]: fc.Arbitrary<Fields[Field]> }) {
  return fc.dictionary(fc.constantFrom('de', 'pt-BR', 'ar', 'zh-Hant'), fc.record(fields, { requiredKeys: [] }));
}

function numbered(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text, index) => [String(index + 1), text]));
}
