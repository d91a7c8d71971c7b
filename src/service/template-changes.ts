import { isDeepStrictEqual } from 'node:util';
import { jsonPointer } from '../domain/json-pointer.ts';
import type { TemplateContent } from '../domain/template-content.ts';

/** One field in which two versions of a template differ; null where one of them has nothing. */
export interface TemplateChange {
  /** JSON pointer (RFC 6901) into the template. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** In which fields two versions differ: languages field by field, variables one by one, everything else as a whole. */
export function changesBetween(before: TemplateContent, after: TemplateContent): TemplateChange[] {
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])]
    .map((field) => ({ field, before: old.get(field) ?? null, after: young.get(field) ?? null }))
    .filter((change) => !isDeepStrictEqual(change.before, change.after));
}

function fieldsOf({ locales, variables, ...whole }: TemplateContent): Map<string, unknown> {
  const { content, subject, html, format, layout, sms, whatsapp } = whole;
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries({ content, subject, html, format, layout, sms, whatsapp })) {
    fields.set(jsonPointer(name), value);
  }
  for (const [tag, variant] of Object.entries(locales)) {
    for (const [name, value] of Object.entries(variant)) fields.set(jsonPointer('locales', tag, name), value);
  }
  for (const [name, declaration] of Object.entries(variables)) {
    fields.set(jsonPointer('variables', name), declaration);
  }
  return fields;
}
