import { describe, expect, it } from 'vitest';
import { renderText } from '../../src/templates/render.ts';
import { checkDeclarations, resolveVariables, type VariableDeclarations } from '../../src/templates/variables.ts';

const ORDER: VariableDeclarations = {
  name: { type: 'string', required: true },
  total: { type: 'number', default: 0 },
  paid: { type: 'boolean' },
  due: { type: 'date' },
  link: { type: 'url' },
  lines: { type: 'list' },
  shop: { type: 'object' },
};

describe('the variables of a message', () => {
  it('are taken as they are where they fit', () => {
    const given = {
      ...{ name: 'Ada', total: 1.5, paid: true, due: '2016-02-29' },
      ...{ link: 'https://example.com/?a=b', lines: [], shop: { city: null } },
    };
    expect(resolveVariables(ORDER, given)).toEqual({ values: given, faults: [] });
  });

  it('are filled in where they are optional, so that they print as nothing', () => {
    expect(resolveVariables(ORDER, { name: 'Ada' })).toEqual({
      values: { name: 'Ada', total: 0, paid: false, due: '', link: '', lines: [], shop: {} },
      faults: [],
    });
  });

  it('render strictly once they are resolved', () => {
    const { values } = resolveVariables(ORDER, { name: 'Ada' });
    expect(renderText('{{ name }}|{{ due }}|{{ link }}|{{ due | default: "soon" }}', values)).toBe('Ada|||soon');
  });

  it('show all their faults at once', () => {
    const { faults } = resolveVariables(ORDER, { total: '1', paid: null, 'a/b~c': 1 });
    expect(faults.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/name', 'missing_variable'],
      ['/total', 'wrong_type'],
      ['/paid', 'null_variable'],
      ['/a~1b~0c', 'undeclared_variable'],
    ]);
  });

  it('make do with the default of a required one', () => {
    expect(resolveVariables({ name: { type: 'string', required: true, default: 'you' } }, {})).toEqual({
      values: { name: 'you' },
      faults: [],
    });
  });

  it('have a fault that names the variable and not its value', () => {
    const [fault] = resolveVariables({ age: { type: 'number' } }, { age: 'secret' }).faults;
    expect(fault?.message).toBe('The variable "age" is not a number.');
  });

  it.each(['constructor', 'toString', '__proto__'])('are undeclared where one is called %s', (name) => {
    const given = JSON.parse(`{"${name}":1}`);
    expect(resolveVariables({}, given).faults).toMatchObject([{ code: 'undeclared_variable', pointer: `/${name}` }]);
  });

  it('are missing where an object only inherits them', () => {
    expect(resolveVariables({ toString: { type: 'string' as const, required: true } }, {}).faults).toMatchObject([
      { code: 'missing_variable' },
    ]);
  });

  it.each([
    ['date', '2023-02-29'],
    ['date', '2024-13-01'],
    ['date', '2024-01-00'],
    ['date', '2024-01-01T24:00:00Z'],
    ['date', '2024-01-01T10:00:00'],
    ['date', '2024-01-01 10:00:00Z'],
    ['date', 'tomorrow'],
    ['date', 20_240_101],
    ['url', 'javascript:alert(1)'],
    ['url', 'ftp://example.com'],
    ['url', 'https:example.com'],
    ['url', 'https://exa\nmple.com'],
    ['url', ' https://example.com'],
    ['url', 'https://'],
    ['number', Number.NaN],
    ['number', '1'],
    ['string', 1],
    ['boolean', 'true'],
    ['list', {}],
    ['object', []],
  ] as const)('may not have %s %j', (type, value) => {
    expect(resolveVariables({ it: { type } }, { it: value }).faults).toMatchObject([{ code: 'wrong_type' }]);
  });

  it.each([
    ['date', '2024-02-29'],
    ['date', '2024-01-01T23:59:59.123+05:30'],
    ['date', '2024-01-01t00:00:00z'],
    ['url', 'http://localhost:8080/a?b#c'],
    ['url', 'https://例え.テスト/ü'],
    ['string', ''],
    ['number', -0.5],
  ] as const)('may have %s %j', (type, value) => {
    expect(resolveVariables({ it: { type } }, { it: value }).faults).toEqual([]);
  });
});

describe('the declarations of a template', () => {
  it.each(['name', '_', 'first-name', 'größe', 'a1'])('may name a variable %s', (name) => {
    expect(checkDeclarations({ [name]: { type: 'string' } })).toEqual([]);
  });

  it.each(['', '1a', 'first name', 'a.b', 'a/b', '{{', 'x'.repeat(101)])('may not name a variable %j', (name) => {
    expect(checkDeclarations({ [name]: { type: 'string' } })).toMatchObject([{ code: 'invalid_name' }]);
  });

  it.each(['nil', 'forloop', 'contains', 'constructor', 'toString', 'continue'])(
    'may not take the name %s, which has a meaning',
    (name) => {
      expect(checkDeclarations({ [name]: { type: 'string' } })).toMatchObject([{ code: 'reserved_name' }]);
    },
  );

  it('may not have a default or an example of another type', () => {
    const faults = checkDeclarations({ age: { type: 'number', default: '1', example: null } });
    expect(faults.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/age/default', 'wrong_type'],
      ['/age/example', 'wrong_type'],
    ]);
  });
});
