import { toValue } from 'liquidjs';
import { type FilterCall, numeralOf, writeNumber } from './number-filters.ts';
import { RenderError } from './render-error.ts';

const CATEGORIES: readonly string[] = ['zero', 'one', 'two', 'few', 'many', 'other'] satisfies Intl.LDMLPluralRule[];

/**
 * The filter `plural`: `{{ count | plural: one: "# item", other: "# items" }}`. Which form fits is a rule of the language
 * (Unicode CLDR, plural rules: zero, one, two, few, many, other); `other` is mandatory and stands in for forms that are
 * not given. Each # becomes the number as the language writes it.
 * @throws {RenderError} for what is no number, for an unknown form, and without `other`
 */
export function plural(this: FilterCall, value: unknown, ...args: unknown[]): string {
  const forms = formsOf(args);
  const numeral = numeralOf(value);
  if (numeral === '') return '';
  const category = new Intl.PluralRules(this.context.opts.locale).select(Number(numeral));
  const form = forms.get(category) ?? forms.get('other') ?? '';
  return form.replaceAll('#', () => writeNumber(this, numeral, {}));
}

function formsOf(args: readonly unknown[]): Map<string, string> {
  const forms = new Map<string, string>();
  for (const arg of args) {
    const [name, form] = (Array.isArray(arg) ? arg : []) as unknown[];
    if (typeof name !== 'string' || !CATEGORIES.includes(name)) {
      throw new RenderError('render_failed', `The forms of "plural" are ${CATEGORIES.join(', ')}.`);
    }
    forms.set(name, String(toValue(form) ?? ''));
  }
  if (!forms.has('other')) throw new RenderError('render_failed', 'The filter "plural" needs the form "other".');
  return forms;
}
