import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VARIABLE_TYPES, type VariableType } from '../../src/templates/variable-types.ts';
import { resolveVariables, type VariableDeclarations } from '../../src/templates/variables.ts';
import { variablesSchema } from '../../src/templates/variables-schema.ts';

const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv, ['date', 'date-time']);
// As browsers and Node read addresses, with letters beyond ASCII.
ajv.addFormat('uri', (text) => URL.canParse(text));

function accepts(declarations: VariableDeclarations, given: object): boolean {
  return ajv.validate(variablesSchema(declarations), given);
}

/** Texts that are almost, or really, of some type. */
const texts = fc.oneof(
  fc.string(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.webUrl(),
  fc.constantFrom(
    ...['2027-02-28', '2027-02-29', '2028-02-29', '2027-13-01', '2027-1-1', '0000-01-01', '27-01-01', '2027-02-28Z'],
    ...[
      '2027-02-28T10:00:00Z',
      '2027-02-28T10:00:00',
      '2027-02-28 10:00:00Z',
      '2027-02-28t10:00:00z',
      '2027-02-29T10:00:00Z',
    ],
    ...['2027-02-28T24:00:00Z', '2027-02-28T23:59:60Z', '2027-02-28T10:00:00+01', '2027-02-28T10:00:00+0100'],
    ...[
      '2027-02-28T10:00:00.123456+23:59',
      '2027-02-28T10:00:00+24:00',
      '2027-02-28T10:00:00-00:60',
      '2027-02-28T10:00Z',
    ],
    ...[
      'http://a',
      'HTTPS://A.example',
      'https://münchen.example/ä',
      'http://a b',
      'http:/a',
      'http://',
      'https://[',
      'ftp://a',
    ],
    ...[
      'http://a\n',
      ' http://a',
      'http://a/\u00A0',
      'https://a:99999',
      '//a',
      'mailto:a@b.example',
      'https://user@a/?b#c',
    ],
  ),
);

const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: texts },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.array(texts, { maxLength: 2 }),
  fc.dictionary(fc.string({ maxLength: 3 }), texts, { maxKeys: 2 }),
);

const TYPE_NAMES = Object.keys(VARIABLE_TYPES) as VariableType[];
const validators = Object.fromEntries(
  TYPE_NAMES.map((type) => [type, ajv.compile(variablesSchema({ a: { type } }))]),
) as Record<VariableType, ValidateFunction>;

const names = fc.constantFrom('a', 'b', 'größe', 'x-y', '_');
const types = fc.constantFrom(...TYPE_NAMES);

/** Without defaults that are of the wrong type, which no saved template has. */
const declarations = fc.dictionary(
  names,
  fc.oneof(
    fc.record({ type: types, required: fc.boolean() }),
    fc.record({ type: fc.constant('string' as const), required: fc.boolean(), default: fc.string() }),
  ),
);

describe('the JSON Schema of variables', () => {
  it('takes what a message may give, and nothing else', () => {
    fc.assert(
      fc.property(declarations, fc.dictionary(names, values), (declared, given) => {
        expect(accepts(declared, given)).toBe(resolveVariables(declared, given).faults.length === 0);
      }),
    );
  });

  it('takes the values of each type, and no others', () => {
    fc.assert(
      fc.property(types, values, (type, a) => {
        const faults = resolveVariables({ a: { type } }, { a }).faults;
        expect(validators[type]({ a })).toBe(faults.length === 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('describes a variable with its default and example', () => {
    const a = { type: 'number', required: true, default: 1, description: 'How many', example: 2 } as const;
    expect(variablesSchema({ a })).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { a: { type: 'number', default: 1, description: 'How many', examples: [2] } },
      required: [],
      additionalProperties: false,
    });
  });

  it('requires what is required and has no default', () => {
    expect(variablesSchema({ a: { type: 'string', required: true }, b: { type: 'string' } }).required).toEqual(['a']);
  });

  it.each([
    ['date', [{ format: 'date' }, { format: 'date-time' }]],
    ['url', 'uri'],
  ] as const)('names the format of a %s', (type, format) => {
    const property = variablesSchema({ a: { type } }).properties['a'];
    expect(property).toMatchObject(type === 'date' ? { anyOf: format } : { format });
  });

  it('takes nothing where nothing is declared', () => {
    expect([accepts({}, {}), accepts({}, { a: 1 })]).toEqual([true, false]);
  });
});
