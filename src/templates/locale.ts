/**
 * The languages to look for, best first: a tag and what remains of it without its last parts (RFC 4647, section 3.4).
 * A language alone is left out where it stands for another script: `zh` is simplified Chinese, so `zh-Hant-TW` gives
 * `zh-Hant-TW`, `zh-Hant` and no `zh`.
 * @returns canonical tags without extensions; none where the tag is malformed
 */
export function localeChain(tag: string): string[] {
  const wanted = localeOf(tag);
  if (wanted === null) return [];
  const parts = wanted.baseName.split('-');
  const chain = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  return chain.filter((shorter) => scriptOf(shorter) === scriptOf(wanted.baseName));
}

/**
 * Which of the languages that a content is written in is for a person: the first of their chain, or else one that names
 * no region and has their language and script, so that `zh-Hant` is for a person of `zh-TW`.
 * @returns one of `available` as it is written there; null where none is for them
 */
export function chooseVariant(available: readonly string[], wanted: string): string | null {
  const byTag = new Map(available.map((written) => [localeOf(written)?.baseName, written]));
  for (const tag of localeChain(wanted)) {
    const written = byTag.get(tag);
    if (written !== undefined) return written;
  }
  return available.find((written) => isForWholeScript(written, wanted)) ?? null;
}

/** The canonical form of a language tag (RFC 5646); null where it is malformed. */
export function localeOf(tag: string): Intl.Locale | null {
  try {
    return new Intl.Locale(tag);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function isForWholeScript(written: string, wanted: string): boolean {
  const [variant, person] = [localeOf(written), localeOf(wanted)];
  if (variant === null || person === null || variant.region !== undefined) return false;
  return variant.language === person.language && scriptOf(written) === scriptOf(wanted);
}

function scriptOf(tag: string): string | undefined {
  return localeOf(tag)?.maximize().script;
}
