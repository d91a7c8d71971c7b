/** What is rendered does not fit the channel, or nothing is left of it. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
  readonly code: 'content_too_long' | 'content_empty' | 'content_variable_invalid';

  constructor(code: ContentError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
