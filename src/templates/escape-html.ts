const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For HTML text and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** The same, except that entities stay what they are. */
export function escapeOnce(text: string): string {
  return text.replace(/&(?!#\d{1,7};|#x[\da-f]{1,6};|\w{1,32};)|[<>"']/gi, escapeHtml);
}
