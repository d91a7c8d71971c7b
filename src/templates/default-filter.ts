import { type Context, evalToken, Filter, type Liquid, Tokenizer, toValue, type Value } from 'liquidjs';

/**
 * Makes a missing or null variable acceptable wherever `default` stands in the chain; liquidjs itself looks only at the
 * first filter. So `{{ name | upcase | default: "you" }}` gives a text without a name.
 */
export function allowDefaultAnywhere(value: Value, engine: Liquid): void {
  const { filters } = value;
  for (const [index, filter] of filters.entries()) {
    if (filter.name === 'default') filters[index] = new DefaultFilter(filter.args, engine);
  }
  if (filters.some(({ name }) => name === 'default') && filters[0]?.name !== 'default') {
    filters.unshift(new Filter(defaultToken([]), (nothing) => nothing, engine));
  }
}

/** `default`, except that its argument may be missing too, so that defaults can be chained. */
class DefaultFilter extends Filter {
  constructor(args: Filter['args'], engine: Liquid) {
    super(defaultToken(args), undefined, engine);
  }

  override *render(value: unknown, context: Context): IterableIterator<unknown> {
    let fallback: unknown;
    let allowFalse: unknown = false;
    for (const arg of this.args) {
      if (!Array.isArray(arg)) fallback ??= yield evalToken(arg, context, true);
      else if (arg[0] === 'allow_false') allowFalse = yield evalToken(arg[1], context, true);
    }
    return isEmpty(value, allowFalse === true) ? fallback : value;
  }
}

function isEmpty(given: unknown, allowFalse: boolean): boolean {
  const value: unknown = toValue(given);
  if (typeof value === 'string' || Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || (value === false && !allowFalse);
}

function defaultToken(args: Filter['args']): ConstructorParameters<typeof Filter>[0] {
  const [token] = new Tokenizer('value | default').readFilteredValue().filters;
  if (token === undefined) throw new TypeError('liquidjs does not read filters as it used to');
  token.args = args;
  return token;
}
