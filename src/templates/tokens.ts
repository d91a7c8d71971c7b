import { type Template, type Token, TypeGuards, toValueSync, Value } from 'liquidjs';
import { RenderError } from './render-error.ts';

type Argument = NonNullable<Template['arguments']> extends () => Iterable<infer One> ? One : never;
type FilterArguments = Value['filters'][number]['args'];

/** How deep brackets and ranges may be nested in one expression. */
const MAX_EXPRESSION_DEPTH = 20;

/**
 * Every token of an expression, down to the indexes, range bounds and filter arguments inside it.
 * @throws {RenderError} where the expression is nested too deeply
 */
export function* tokensOf(argument: Argument | Token | undefined, depth = 0): Generator<Token> {
  if (argument === undefined) return;
  if (depth > MAX_EXPRESSION_DEPTH) throw new RenderError('limit_exceeded', 'An expression is nested too deeply.');
  if (!(argument instanceof Value)) yield argument;
  for (const part of partsOf(argument)) yield* tokensOf(part, depth + 1);
}

/** The templates directly inside a tag such as `if` or `for`. */
export function childrenOf(template: Template): Template[] {
  return template.children === undefined ? [] : (toValueSync(template.children(false, true)) as Template[]);
}

function partsOf(argument: Argument | Token): (Token | undefined)[] {
  if (argument instanceof Value || TypeGuards.isFilteredValueToken(argument)) {
    return [...argument.initial.postfix, ...argument.filters.flatMap((filter) => argumentTokens(filter.args))];
  }
  if (TypeGuards.isRangeToken(argument)) return [argument.lhs, argument.rhs];
  if (TypeGuards.isPropertyAccessToken(argument)) return [argument.variable, ...argument.props];
  return [];
}

function argumentTokens(args: FilterArguments): (Token | undefined)[] {
  return args.map((arg) => (Array.isArray(arg) ? arg[1] : arg));
}
