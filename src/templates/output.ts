import { Drop, toValue } from 'liquidjs';
import { unshield } from './literal.ts';
import { RenderError } from './render-error.ts';

/** Longest text that a template may make, in UTF-16 code units. */
const MAX_OUTPUT = 500_000;

/** Text that is HTML already, such as what `capture` made in an HTML template; printed as it is. */
export class Markup extends Drop {
  readonly #html: string;

  constructor(html: string) {
    super();
    this.#html = html;
  }

  override valueOf(): string {
    return this.#html;
  }

  size(): number {
    return this.#html.length;
  }
}

/** What `capture` made in a Markdown template; printed as Markdown, while filters see the text that it says. */
export class CapturedMarkdown extends Markup {
  /** With shielded texts. */
  readonly markdown: string;

  constructor(markdown: string) {
    super(unshield(markdown, (literal) => literal));
    this.markdown = markdown;
  }
}

/** Collects what a template prints. */
export class BoundedOutput {
  buffer = '';

  /** @throws {RenderError} where the text grows too long */
  write(printed: unknown): void {
    const text = textOf(printed);
    if (this.buffer.length + text.length > MAX_OUTPUT) {
      throw new RenderError('limit_exceeded', `The text is longer than ${MAX_OUTPUT} characters.`);
    }
    this.buffer += text;
  }
}

/** A printed value as Liquid prints it. */
export function textOf(printed: unknown): string {
  const value: unknown = toValue(printed);
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY).join('') : String(value ?? '');
}

/**
 * Passes a value on that makes sense to a person as it is printed.
 * @throws {RenderError} for null, which Liquid prints as nothing, and for objects, which it prints as `[object Object]`
 */
export function checkPrinted<Value>(value: Value): Value {
  const printed: unknown = toValue(value);
  if (printed === null || printed === undefined) {
    throw new RenderError('null_variable', 'There is nothing to print; give a value or use the filter "default".');
  }
  if (Array.isArray(printed)) printed.forEach(checkPrinted);
  else if (typeof printed === 'object') {
    throw new RenderError('render_failed', 'An object cannot be printed; name one of its fields.');
  }
  return value;
}
