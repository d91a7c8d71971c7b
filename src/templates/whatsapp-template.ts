import { MAX_TEXT_LENGTH } from '../domain/message-body.ts';
import { ContentError } from './content-error.ts';
import type { RenderOptions } from './engine.ts';
import { renderText, type Variables } from './render.ts';

/** An approved template at the provider. */
export interface WhatsappTemplate {
  readonly contentSid: string;
  /** Liquid for each numbered placeholder, by number from "1". */
  readonly variables: Readonly<Record<string, string>>;
}

/** Most characters of a rendered WhatsApp template (Twilio, error 63021). */
const MAX_TEMPLATE_LENGTH = 1024;

/** What an approved template's value may not hold (Twilio, Using Variables with Content Templates). */
const FORBIDDEN = [
  { what: 'a line break', pattern: /[\r\n\v\f\u0085\u2028\u2029]/ },
  { what: 'a tab', pattern: /\t/ },
  { what: 'more than four spaces in a row', pattern: / {5}/ },
] as const;

/**
 * Renders what fills the placeholders of an approved template.
 * @param text what the person will read, as far as it is known
 * @throws {RenderError} where a source or its variables are faulty
 * @throws {ContentError} where WhatsApp would refuse a value, named by its number
 */
export function renderTemplateVariables(
  { variables: sources }: WhatsappTemplate,
  text: string,
  variables: Variables | null,
  options: RenderOptions,
): Record<string, string> {
  const numbers = Object.keys(sources);
  const gap = numberGap(numbers);
  if (gap !== null) throw invalid(gap, 'is missing; the numbers go from 1 without a gap');
  const values = numbers.map((number) => {
    const source = sources[number] ?? '';
    const value = variables === null ? source : renderText(source, variables, options);
    const fault = faultOf(value);
    if (fault !== null) throw invalid(number, fault);
    return [number, value] as const;
  });
  const length = Math.max(
    text.length,
    values.reduce((sum, [, value]) => sum + value.length, 0),
  );
  if (length > MAX_TEMPLATE_LENGTH) {
    const message = `The rendered template has ${length} characters; whatsapp takes ${MAX_TEMPLATE_LENGTH}.`;
    throw new ContentError('content_too_long', message);
  }
  return Object.fromEntries(values);
}

/** The first number that is missing from "1" on; null where there is no gap. */
export function numberGap(numbers: readonly string[]): string | null {
  const expected = numbers.map((_, index) => String(index + 1));
  return expected.find((number) => !numbers.includes(number)) ?? null;
}

function faultOf(value: string): string | null {
  if (value.trim() === '') return 'is empty';
  if (value.length > MAX_TEXT_LENGTH) return `has more than ${MAX_TEXT_LENGTH} characters`;
  const found = FORBIDDEN.find(({ pattern }) => pattern.test(value));
  return found === undefined ? null : `holds ${found.what}`;
}

function invalid(number: string, what: string): ContentError {
  return new ContentError('content_variable_invalid', `The WhatsApp variable ${number} ${what}.`);
}
