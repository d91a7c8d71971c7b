const HTTPS = /^https:\/\/[^\s\p{C}\\]+$/iu;

/** Whether a text is a complete https URL without anything that a reader of it could take for its end. */
export function isHttpsUrl(text: string): boolean {
  return HTTPS.test(text) && URL.canParse(text);
}
