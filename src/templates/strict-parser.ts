import {
  Expression,
  type FilteredValueToken,
  type Liquid,
  Parser,
  type Template,
  Tokenizer,
  type TopLevelToken,
  TypeGuards,
  Value,
} from 'liquidjs';
import { allowDefaultAnywhere } from './default-filter.ts';
import { RenderError } from './render-error.ts';
import { tokensOf } from './tokens.ts';

/** How deep blocks such as `if` and `for` may be nested. */
const MAX_BLOCK_DEPTH = 100;

/** The filter that every range bound passes through. */
export const RANGE_BOUND = 'range_bound';

/** Parses as liquidjs does, and refuses or repairs what would stall the process or surprise a person. */
export class StrictParser extends Parser {
  readonly #engine: Liquid;
  #depth = 0;

  constructor(engine: Liquid) {
    super(engine);
    this.#engine = engine;
  }

  override parseTokens(tokens: TopLevelToken[]): Template[] {
    // liquidjs takes tokens from the front one by one, which is quadratic for a long array; the end of it is free.
    const queue = tokens.toReversed();
    queue.shift = queue.pop;
    return super.parseTokens(queue);
  }

  override parseToken(token: TopLevelToken, remaining: TopLevelToken[]): ReturnType<Parser['parseToken']> {
    if (this.#depth >= MAX_BLOCK_DEPTH) throw new RenderError('limit_exceeded', 'Blocks are nested too deeply.');
    this.#depth += 1;
    try {
      const template = super.parseToken(token, remaining);
      this.#harden(template);
      return template;
    } finally {
      this.#depth -= 1;
    }
  }

  #harden(template: Template): void {
    for (const argument of template.arguments?.() ?? []) {
      if (argument instanceof Value) allowDefaultAnywhere(argument, this.#engine);
      // `cycle` looks at its filters only when it is rendered; an unknown one is better met here.
      else if (TypeGuards.isFilteredValueToken(argument)) new Value(argument, this.#engine);
      if ('initial' in argument) refuseLooseValues(argument.initial);
      for (const token of [...tokensOf(argument)]) {
        if (!TypeGuards.isRangeToken(token)) continue;
        token.lhs = guardBound(token.lhs);
        token.rhs = guardBound(token.rhs);
      }
    }
  }
}

/** liquidjs reads `{{ first name }}` as `{{ first }}` and leaves the rest out without a word. */
function refuseLooseValues({ postfix }: Expression): void {
  let values = 0;
  for (const token of postfix) {
    if (!TypeGuards.isOperatorToken(token)) values += 1;
    else if (token.operator !== 'not') values -= 1;
    if (values < 1) throw new Error('an operator stands without a value');
  }
  if (values > 1) throw new Error('two values stand side by side without an operator or filter between them');
}

function guardBound(bound: FilteredValueToken['initial']['postfix'][number]): FilteredValueToken {
  const guarded = new Tokenizer(`bound | ${RANGE_BOUND}`).readFilteredValue();
  guarded.initial = new Expression([bound]);
  return guarded;
}
