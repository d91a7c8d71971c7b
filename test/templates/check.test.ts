import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSource } from '../../src/templates/check.ts';
import { measureWork } from '../../src/templates/work-time.ts';

/** Names of the kind that people give; Liquid has other uses for a few words. */
const names = fc
  .stringMatching(/^[a-z][a-z0-9_]{2,12}$/)
  .filter((name) => !/^(nil|null|not|and|true|false|empty|blank|contains|continue)$/.test(name));

describe('the variables of a source', () => {
  it.each([
    ['an output', '{{ name }}', ['name']],
    ['a path, by its root', '{{ order.lines[0].title }}', ['order']],
    ['an index', '{{ order[position] }}', ['order', 'position']],
    ['a root in quotes', '{{ ["first name"] }}', ['first name']],
    ['an argument of a filter', '{{ "Hi" | append: name | replace: from, to }}', ['name', 'from', 'to']],
    ['a named argument of a filter', '{{ a | default: b, allow_false: c }}', ['a', 'b', 'c']],
    ['a condition', '{% if a == b or c contains d %}{{ e }}{% elsif f %}{% else %}{{ g }}{% endif %}', [...'abcdfeg']],
    ['an unless', '{% unless a %}{{ b }}{% endunless %}', ['a', 'b']],
    ['a case', '{% case a %}{% when b, c %}{{ d }}{% else %}{{ e }}{% endcase %}', [...'abcde']],
    ['a loop', '{% for a in b limit: c offset: d %}{{ a.x }}{{ e }}{% else %}{{ f }}{% endfor %}', [...'bcdef']],
    ['a range', '{% for a in (b..c) %}{{ a }}{% endfor %}', ['b', 'c']],
    ['a table', '{% tablerow a in b cols: c %}{{ a }}{{ tablerowloop.index }}{% endtablerow %}', ['b', 'c']],
    ['an assignment', '{% assign a = b | append: c %}{{ a }}', ['b', 'c']],
    ['a capture', '{% capture a %}{{ b }}{% endcapture %}{{ a }}', ['b']],
    ['an echo', '{% echo a | append: b %}', ['a', 'b']],
    ['a cycle', '{% cycle a: b, c %}', ['b', 'c', 'a']],
    ['a liquid tag', '{% liquid\nif a\necho b\nendif %}', ['a', 'b']],
    ['a name read before it is assigned', '{{ a }}{% assign a = 1 %}{{ a }}', ['a']],
    ['a loop name read behind its loop', '{% for a in b %}{% endfor %}{{ a }}', ['b', 'a']],
  ])('include what is read in %s', (_where, source, expected) => {
    expect(checkSource(source)).toEqual({ faults: [], variables: expected });
  });

  it.each([
    ['text', 'name'],
    ['a comment', '{% comment %}{{ name }}{% endcomment %}'],
    ['a raw block', '{% raw %}{{ name }}{% endraw %}'],
    ['a counter', '{% increment name %}{{ name }}'],
    ['the state of a loop', '{% for a in (1..2) %}{{ forloop.index }}{% endfor %}'],
    ['the offset of a loop that goes on', '{% for a in (1..2) offset: continue %}{{ a }}{% endfor %}'],
  ])('leave out %s', (_what, source) => {
    expect(checkSource(source)).toEqual({ faults: [], variables: [] });
  });

  it('are all the names that outputs, conditions and loops use, each once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names), (used) => {
        const source = used.map(
          (name, index) => [`{{ ${name} }}`, `{% if ${name} %}{{ ${name} }}{% endif %}`][index % 2],
        );
        expect(checkSource(source.join(' ')).variables).toEqual(used);
      }),
    );
  });

  it('may be ten thousand', () => {
    const used = Array.from({ length: 10_000 }, (_, index) => `name_${index}`);
    expect(checkSource(used.map((name) => `{{ ${name} }}`).join('\n')).variables).toEqual(used);
  });

  it('may be named like parts of every object', () => {
    expect(checkSource('{{ constructor }}{{ __proto__ }}{{ toString }}').variables).toEqual([
      'constructor',
      '__proto__',
      'toString',
    ]);
  });
});

describe('a fault in a source', () => {
  it.each([
    ['an output that is not closed', 'Hi\n  {{ name', 2, 3],
    ['a block that is not closed', 'Hi\n{% if name %}', 2, 1],
    ['an end without a beginning', '{% endif %}', 1, 1],
    ['a tag that does not exist', 'a\nb {% send %}', 2, 3],
    ['a filter that does not exist', 'a\nb {{ name | shout }}', 2, 3],
    ['a filter that does not exist, in a cycle', '{% cycle a | shout %}', 1, 1],
    ['an empty output', '{{ }}', 1, 4],
    ['a comparison with one equals sign', '{% if a = b %}{% endif %}', 1, 10],
    ['a name with a space', '{{ first name }}', 1, 1],
    ['an operator without a value', '{% if a and %}{% endif %}', 1, 1],
    ['an expression inside a string', '{{ list | where_exp: "item", "item.price > limit" }}', 1, 1],
  ])('is found for %s, with its place', (_what, source, line, column) => {
    expect(checkSource(source)).toEqual({
      faults: [{ message: expect.stringMatching(/^[A-Z].*\.$/), line, column }],
      variables: [],
    });
  });

  it.each(['include "footer"', 'render "footer"', 'layout "page"', 'block part'])(
    'is a tag that would load another file: %s',
    (tag) => {
      const [fault] = checkSource(`{% ${tag} %}`).faults;
      expect(fault?.message).toMatch(/^The tag "\w+" is not available/);
    },
  );

  it('is a length of more than 200,000 characters', () => {
    expect(checkSource('x'.repeat(200_001)).faults).toEqual([
      { message: 'The template is longer than 200000 characters.', line: 1, column: 1 },
    ]);
  });

  it.each([
    ['blocks', '{% if a %}'.repeat(9_000) + '{% endif %}'.repeat(9_000)],
    ['blocks that are not closed', '{% if a %}'.repeat(10_000)],
    ['indexes', `{{ a${'[a'.repeat(60_000)}${']'.repeat(60_000)} }}`],
    ['ranges', `{% for i in ${'('.repeat(60_000)}1..2 %}{% endfor %}`],
  ])('is too deep a nest of %s', (_what, source) => {
    expect(checkSource(source).faults).toHaveLength(1);
  });

  it('is found rather than thrown, whatever the source', () => {
    const pieces = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      ' if ',
      ' endif ',
      ' for ',
      ' in ',
      '|',
      '"',
      '[',
      ']',
      '..',
      '(',
      'a',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
        expect(checkSource(parts.join(''))).toBeDefined();
      }),
    );
  });

  it('is looked for in a source of tens of thousands of tags without a stall', () => {
    const workSince = measureWork();
    checkSource('x{{ a }}'.repeat(25_000));
    expect(workSince()).toBeLessThan(3_000);
  });
});
