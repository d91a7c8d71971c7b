import { CaptureTag, type Context, type Liquid, Tag, type TagToken, type TopLevelToken } from 'liquidjs';
import { BoundedOutput, CapturedMarkdown, Markup } from './output.ts';

/** `capture` of a plain text, held to the same length as the whole output. */
export class TextCapture extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* this.store(context, (text) => text);
  }

  protected *store(context: Context, wrap: (text: string) => unknown): Generator<unknown, void, string> {
    const text = yield this.liquid.renderer.renderTemplates(this.templates, context, new BoundedOutput());
    (context.bottom() as Record<string, unknown>)[this.variable] = wrap(text);
  }
}

/** `capture` in an HTML template: what it holds has been escaped and is not escaped again. */
export class HtmlCapture extends TextCapture {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* this.store(context, (html) => new Markup(html));
  }
}

/** `capture` in a Markdown template: its marks stay marks, and what was literal stays literal. */
export class MarkdownCapture extends TextCapture {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* this.store(context, (markdown) => new CapturedMarkdown(markdown));
  }
}

/** Stands for tags that load other files. */
export class RefusedTag extends Tag {
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    throw new Error(`the tag "${token.name}" is not available, because a template cannot load another`);
  }

  override render(): never {
    throw new TypeError('A refused tag is never constructed and so never rendered');
  }
}
