import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RenderError, renderHtml, renderText } from '../../src/templates/render.ts';

function faultOf(source: string, variables: Record<string, unknown> = {}): RenderError {
  try {
    renderText(source, variables);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error('It was rendered after all');
}

describe('a plain text', () => {
  it('shows variables as they are', () => {
    expect(renderText('Hi {{ name }} & {{ n }}', { name: '<O\'Brien> "👨‍👩‍👧" مرحبا', n: 0 })).toBe(
      'Hi <O\'Brien> "👨‍👩‍👧" مرحبا & 0',
    );
  });

  it('without Liquid is the source', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !/\{[{%]/.test(text)),
        (text) => {
          expect(renderText(text, {})).toBe(text);
        },
      ),
    );
  });

  it('may print an empty text, a false and a zero', () => {
    expect(renderText('[{{ a }}][{{ b }}][{{ c }}]', { a: '', b: false, c: 0 })).toBe('[][false][0]');
  });

  it('may count without changing what was given', () => {
    const variables = Object.freeze({ name: 'Ada' });
    expect(renderText('{% increment n %}{% increment n %}{{ name }}', variables)).toBe('01Ada');
  });

  it('may have ten thousand variables', () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => [`v${index}`, index] as const);
    const source = entries.map(([name]) => `{{ ${name} }}`).join(',');
    expect(renderText(source, Object.fromEntries(entries))).toBe(entries.map(([, value]) => value).join(','));
  });

  it('may use a variable that is named like a part of every object', () => {
    const variables = JSON.parse('{"constructor":"a","__proto__":"b","toString":"c"}');
    expect(renderText('{{ constructor }}{{ __proto__ }}{{ toString }}', variables)).toBe('abc');
  });

  it('filters a list by a field that not every item has', () => {
    const items = [{ name: 'a', due: true }, { name: 'b' }];
    expect(renderText('{{ items | where: "due" | map: "name" | join: "," }}', { items })).toBe('a');
  });
});

describe('a missing variable', () => {
  it.each([
    ['printed', '{{ name }}'],
    ['filtered', '{{ name | upcase }}'],
    ['an argument of a filter', '{{ "Hi " | append: name }}'],
    ['assigned', '{% assign you = name | upcase %}{{ you }}'],
    ['captured', '{% capture you %}{{ name }}{% endcapture %}'],
    ['echoed', '{% echo name %}'],
    ['cycled through', '{% cycle name, "b" %}'],
    ['looped over', '{% for letter in name %}{% endfor %}'],
  ])('that is %s is refused by name', (_use, source) => {
    expect(faultOf(source)).toMatchObject({ code: 'missing_variable', variable: 'name' });
  });

  it('is named with its path and its place', () => {
    expect(faultOf('Hi,\n{{ user.name }}', { user: {} })).toMatchObject({
      message: 'The variable "user.name" is missing (line 2, column 4).',
      variable: 'user.name',
      line: 2,
      column: 4,
    });
  });

  it.each([
    ['the first filter', '{{ name | default: "there" }}', 'there'],
    ['a later filter', '{{ name | upcase | default: "x" }}', 'x'],
    ['a filter behind arithmetic', '{{ count | plus: 1 | default: "none" }}', 'none'],
    ['a filter behind another default', '{{ name | default: nickname | default: "you" }}', 'you'],
    ['a filter of a path', '{{ user.name.first | upcase | default: "x" }}', 'x'],
    ['a filter of an assignment', '{% assign a = name | upcase | default: "x" %}{{ a }}', 'x'],
  ])('is replaced where default is %s', (_where, source, expected) => {
    expect(renderText(source, {})).toBe(expected);
  });

  it('may stand in for a default that is not needed', () => {
    expect(renderText('{{ name | default: nickname }}', { name: 'Ada' })).toBe('Ada');
  });

  it('is refused where its default is missing too', () => {
    expect(faultOf('{{ name | default: nickname }}')).toMatchObject({ code: 'null_variable', variable: 'name' });
  });

  it('counts as false in a condition', () => {
    expect(renderText('{% if user.name == "Ada" or n > 1 %}a{% else %}b{% endif %}', {})).toBe('b');
  });

  it.each(['constructor', '__proto__', 'toString', 'x.constructor', 'x.__proto__.y', 'x.hasOwnProperty'])(
    'is %s, which every object has',
    (path) => {
      expect(faultOf(`{{ ${path} }}`, { x: {} })).toMatchObject({ code: 'missing_variable', variable: path });
    },
  );

  it.each(['constructor', '__proto__', 'hasOwnProperty', 'toString', '__proto__.constructor'])(
    'is %s of the state of a loop',
    (path) => {
      expect(faultOf(`{% for i in (1..2) %}{{ forloop.${path} }}{% endfor %}`).code).toBe('missing_variable');
    },
  );

  it('is refused with a RenderError, whatever its name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(renderText, renderHtml), (name, render) => {
        try {
          render(`{{ ${name} }}`, {});
        } catch (error) {
          expect(error).toBeInstanceOf(RenderError);
        }
      }),
    );
  });
});

describe('a null', () => {
  it.each([
    ['printed', '{{ name }}'],
    ['filtered', '{{ name | upcase }}'],
    ['passed through', '{{ name | raw }}'],
    ['an argument of a filter', '{{ "Hi " | append: name }}'],
    ['assigned', '{% assign you = name %}{{ you }}'],
  ])('that is %s is refused by name', (_use, source) => {
    expect(faultOf(source, { name: null })).toMatchObject({ code: 'null_variable', variable: 'name' });
  });

  it('on the way to a field is refused with the path', () => {
    expect(faultOf('{{ user.name }}', { user: null })).toMatchObject({ code: 'null_variable', variable: 'user.name' });
  });

  it('that filters make is refused with the variable that they made it of', () => {
    expect(faultOf('{{ items | first }}', { items: [] })).toMatchObject({ code: 'null_variable', variable: 'items' });
  });

  it('in a printed list is refused', () => {
    expect(faultOf('{{ items }}', { items: ['a', null] }).code).toBe('null_variable');
  });

  it.each(['{{ name | default: "there" }}', '{{ name | upcase | default: "there" }}'])(
    'has a default in %s',
    (source) => {
      expect(renderText(source, { name: null })).toBe('there');
    },
  );

  it('equals nil in a condition', () => {
    expect(renderText('{% if name == nil %}none{% endif %}', { name: null })).toBe('none');
  });
});

describe('what cannot be rendered', () => {
  it('is an object, which would print as [object Object]', () => {
    expect(faultOf('{{ user }}', { user: {} })).toMatchObject({ code: 'render_failed', variable: 'user' });
  });

  it('is a source that is not valid', () => {
    expect(faultOf('a\n{% if b %}')).toMatchObject({ code: 'invalid_template', line: 2, column: 1 });
  });

  it('is a value that a filter cannot work with', () => {
    expect(faultOf('{{ text | url_decode }}', { text: '%' }).code).toBe('render_failed');
  });

  it.each([
    [
      'variables',
      '{{ text }}',
      {
        get text() {
          throw new Error('secret');
        },
      },
    ],
    [
      'fields',
      '{{ user.text }}',
      {
        user: {
          get text() {
            throw new Error('secret');
          },
        },
      },
    ],
  ])('are %s that throw when they are read', (_what, source, variables) => {
    expect(faultOf(source, variables).code).toBe('render_failed');
  });

  it.each([
    ['an index', '{{ a[text] }}', {}],
    ['a time zone', '{{ 0 | date: "%F", text }}', {}],
    ['a filter that refuses it', '{{ text | base64_decode }}', {}],
    [
      'the error of a getter',
      '{{ a.text }}',
      {
        a: {
          get text() {
            throw new Error('the secret!');
          },
        },
      },
    ],
  ])('says nothing of a value in %s', (_where, source, variables) => {
    const { message, stack } = faultOf(source, { a: {}, text: 'the secret!', ...variables });
    expect(`${message} ${stack}`).not.toContain('the secret!');
  });
});
