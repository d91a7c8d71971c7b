import { jsonPointer } from '../domain/json-pointer.ts';
import type { LocaleVariant } from '../domain/template-content.ts';
import { localeOf } from './locale.ts';
import type { TemplateFault } from './source-faults.ts';

type Locales = Readonly<Record<string, LocaleVariant>>;
type DefaultWords = Readonly<Record<(typeof WORDS)[number], string | null>>;

/** The parts of a template that can be written in several languages. */
export const WORDS = ['content', 'subject', 'html'] as const;

/** Keys that are no language tags, and languages that are there twice in different spellings. */
export function localeFaults(locales: Locales): TemplateFault[] {
  const seen = new Set<string>();
  return Object.keys(locales).flatMap((tag) => {
    const pointer = `/locales${jsonPointer(tag)}`;
    const locale = localeOf(tag);
    if (locale === null || locale.baseName !== locale.toString()) {
      const message = `"${tag}" is no language tag such as "pt-BR" (BCP 47, without extensions).`;
      return [{ pointer, code: 'invalid_locale', message }];
    }
    const isNew = !seen.has(locale.baseName);
    seen.add(locale.baseName);
    if (isNew) return [];
    return [{ pointer, code: 'duplicate_locale', message: `The language ${locale.baseName} is there twice.` }];
  });
}

/** Languages that leave something out and so show the default's words, in another language than the rest. */
export function localeWarnings(locales: Locales, words: DefaultWords): TemplateFault[] {
  return Object.entries(locales).flatMap(([tag, variant]) =>
    WORDS.filter((field) => variant[field] === undefined && (words[field] ?? '').trim() !== '').map((field) => ({
      ...{ pointer: `/locales${jsonPointer(tag)}`, code: 'incomplete_locale' },
      message: `The language ${tag} has no ${field} and shows the default one.`,
    })),
  );
}
