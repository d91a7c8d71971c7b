/** Remembers results by their source, the latest used ones, within a number of entries and of characters. */
export function memoise<Result>(
  make: (source: string) => Result,
  limit: { readonly entries: number; readonly characters: number },
): (source: string) => Result {
  // A Map keeps the order of insertion, so the first key is the one that was not used for longest.
  const results = new Map<string, Result>();
  let characters = 0;
  return (source) => {
    const result = results.has(source) ? (results.get(source) as Result) : make(source);
    characters += results.delete(source) ? 0 : source.length;
    results.set(source, result);
    for (const oldest of results.keys()) {
      if (results.size <= limit.entries && characters <= limit.characters) break;
      results.delete(oldest);
      characters -= oldest.length;
    }
    return result;
  };
}
