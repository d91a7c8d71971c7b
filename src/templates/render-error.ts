import { type Context, LiquidError, Tokenizer, TypeGuards, UndefinedVariableError } from 'liquidjs';

/**
 * - `missing_variable`: the source prints or reads a variable that was not given
 * - `null_variable`: a variable, or what filters made of it, is null where a text is needed
 * - `limit_exceeded`: too long, too deep, too slow or too large
 * - `invalid_template`: the source is not valid Liquid
 * - `render_failed`: a filter or tag cannot work with what it was given
 */
export type RenderErrorCode =
  | 'missing_variable'
  | 'null_variable'
  | 'limit_exceeded'
  | 'invalid_template'
  | 'render_failed';

/** Where in the source, counted from one; null where no single place is to blame. */
export interface Place {
  readonly line: number | null;
  readonly column: number | null;
}

const NOWHERE: Place = { line: null, column: null };

/** A template could not be rendered. Names variables as the source writes them and never carries their values. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly code: RenderErrorCode;
  /** The path as written in the source, such as `user.name`; null where the fault is not about one variable. */
  readonly variable: string | null;
  readonly line: number | null;
  readonly column: number | null;

  constructor(code: RenderErrorCode, sentence: string, place: Place = NOWHERE, variable: string | null = null) {
    super(sentence);
    this.code = code;
    this.variable = variable;
    this.line = place.line;
    this.column = place.column;
  }
}

/** What was thrown while parsing. Says where and not what, because the source of a single message is personal. */
export function fromParseFault(error: unknown): RenderError {
  if (error instanceof RenderError) return error;
  const place = placeOf(error);
  return new RenderError('invalid_template', `The template is not valid Liquid${at(place)}.`, place);
}

/** What was thrown while rendering, without its cause: the messages of other libraries quote values. */
export function fromRenderFault(error: unknown, context: Context & { readonly lastReadWasNull: boolean }): RenderError {
  if (error instanceof RenderError) return error;
  const place = placeOf(error);
  const origin = originOf(error);
  if (error instanceof UndefinedVariableError && isUndefinedVariable(origin)) {
    const variable = error.token.getText();
    return context.lastReadWasNull
      ? new RenderError('null_variable', `The variable "${variable}" is null${at(place)}.`, place, variable)
      : new RenderError('missing_variable', `The variable "${variable}" is missing${at(place)}.`, place, variable);
  }
  if (origin instanceof RenderError) {
    return new RenderError(origin.code, addPlace(origin.message, place), place, variableOf(error));
  }
  if (isLimit(origin)) {
    return new RenderError('limit_exceeded', `The template takes too much time or memory${at(place)}.`, place);
  }
  return new RenderError('render_failed', `A filter or tag cannot work with what it was given${at(place)}.`, place);
}

/** Where liquidjs says that it met a fault. */
export function placeOf(error: unknown): Place {
  if (!LiquidError.is(error)) return NOWHERE;
  const [line, column] = error.token.getPosition() as [number, number];
  return { line, column };
}

/** What lies under the layers that liquidjs wraps around an error on its way up. */
export function originOf(error: unknown): unknown {
  return LiquidError.is(error) && error.originalError !== undefined ? originOf(error.originalError) : error;
}

/** liquidjs reports whatever goes wrong while it reads a variable as an undefined variable; this tells a real one. */
function isUndefinedVariable(error: unknown): boolean {
  return error instanceof Error && error.name === 'InternalUndefinedVariableError';
}

/** The variable that `{{ … }}` begins with. */
function variableOf(error: unknown): string | null {
  if (!LiquidError.is(error) || !TypeGuards.isOutputToken(error.token)) return null;
  const { input, contentRange } = error.token;
  const value = new Tokenizer(input, undefined, undefined, contentRange).readValue();
  return TypeGuards.isPropertyAccessToken(value) ? value.getText() : null;
}

function isLimit(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'AssertionError') return error.message.endsWith('limit exceeded');
  return error instanceof RangeError && /call stack|string length|array length/i.test(error.message);
}

function at(place: Place): string {
  return place.line === null ? '' : ` (line ${place.line}, column ${place.column})`;
}

function addPlace(sentence: string, place: Place): string {
  return sentence.replace(/\.$/, `${at(place)}.`);
}
