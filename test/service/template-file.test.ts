import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TEMPLATE_DEFAULTS } from '../../src/domain/template-content.ts';
import { readTemplateText, templateText } from '../../src/service/template-file.ts';
import { anyTemplate } from './any-template.ts';

const PLAIN = { ...TEMPLATE_DEFAULTS, name: 'order', channel: 'sms', content: 'Hello' } as const;
const HEAD = '---\nname: order\nchannel: sms\n---\n';

const fieldsOf = (text: string) => {
  const read = readTemplateText(text);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.fields;
};
const contentOf = (text: string) => fieldsOf(text).content;
const faultsOf = (text: string) => {
  const read = readTemplateText(text);
  return 'faults' in read ? read.faults.map(({ code, line, pointer }) => [code, line ?? pointer]) : [];
};

describe('the file of a template', () => {
  test('says name and channel, and nothing that is as in the defaults', () => {
    expect(templateText(PLAIN)).toBe(`${HEAD}Hello\n`);
  });

  test('says what is not as in the defaults, names in order', () => {
    const variables = { b: { type: 'string' }, a: { type: 'number', required: true } };
    const text = templateText({ ...PLAIN, category: 'marketing', is_active: false, variables });
    expect(text).toBe(`---
name: order
channel: sms
category: marketing
is_active: false
variables:
  a:
    required: true
    type: number
  b:
    type: string
---
Hello
`);
  });

  test('keeps the lines of a text of several lines', () => {
    expect(templateText({ ...PLAIN, channel: 'email', html: '<p>\n  Hi\n</p>\n' })).toContain(
      'html: |\n  <p>\n    Hi\n  </p>\n',
    );
  });

  test('has the same bytes whatever order the database gives', () => {
    const one = templateText({ ...PLAIN, locales: { de: { content: 'a' }, pt: { content: 'b' } } });
    expect(templateText({ ...PLAIN, locales: { pt: { content: 'b' }, de: { content: 'a' } } })).toBe(one);
  });

  test('reads back as the same template, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        expect({ ...TEMPLATE_DEFAULTS, ...fieldsOf(templateText(template)) }).toStrictEqual(template);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the content of a file', () => {
  test.each([
    ['Hello\n', 'Hello'],
    ['Hello\n\n', 'Hello\n'],
    ['Hello\r\n', 'Hello\r'],
    ['Hello', 'Hello'],
    ['\n', ''],
    ['', ''],
    ['---\nname: other\n---\n', '---\nname: other\n---'],
    ['\ufeffHello\n', '\ufeffHello'],
  ])('%j is %j', (body, content) => {
    expect(contentOf(`${HEAD}${body}`)).toBe(content);
  });

  test('is empty where the file ends with the second line ---', () => {
    expect(contentOf(HEAD.trimEnd())).toBe('');
  });
});

describe('a file is refused', () => {
  test.each([
    ['without a first line ---', 'name: order\n', [['no_front_matter', 1]]],
    ['without a second line ---', '---\nname: order\n', [['no_front_matter', 1]]],
    ['that is empty', '', [['no_front_matter', 1]]],
    ['of which the line breaks were changed', HEAD.replaceAll('\n', '\r\n'), [['changed_line_breaks', 1]]],
    ['with nothing between the two', '---\n---\nHello\n', [['invalid_yaml', 2]]],
    ['with a list instead of fields', '---\n- order\n---\n', [['invalid_yaml', 2]]],
    ['with a field twice', '---\nname: order\nname: order\n---\n', [['invalid_yaml', 3]]],
    ['with a list that does not end', '---\nname: order\nsms: [\n---\n', [['invalid_yaml', 4]]],
    ['with an anchor', '---\nname: &a order\nsubject: *a\n---\n', [['invalid_yaml', 3]]],
    ['with a tag', '---\nname: !!binary aGk=\n---\n', [['invalid_yaml', 2]]],
    ['with a key that is no text', '---\n? [a]\n: b\n---\n', [['invalid_yaml', 2]]],
    ['with a number that JSON has not', '---\nname: order\nsms: .nan\n---\n', [['invalid_yaml', 3]]],
    ['with a second document', '---\nname: order\n...\nchannel: sms\n---\n', [['invalid_yaml', 4]]],
    ['with content among its fields', '---\ncontent: Hello\n---\n', [['unknown_field', '/content']]],
  ])('%s', (_what, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  test('with every mistake of its YAML', () => {
    expect(faultsOf('---\nname: a\nname: b\nsms: !a x\n---\n')).toEqual([
      ['invalid_yaml', 3],
      ['invalid_yaml', 4],
    ]);
  });
});
