import { Marked, type RendererObject, type Tokens } from 'marked';
import { escapeHtml, escapeOnce } from './escape-html.ts';
import { unshield } from './literal.ts';

const LINK = /^(?:https?:\/\/|mailto:|tel:)/i;
const IMAGE = /^https?:\/\//i;

const RENDERER: RendererObject = {
  code: ({ text }) => `<pre><code>${escapeHtml(text)}\n</code></pre>\n`,
  checkbox: ({ checked }) => (checked ? '[x] ' : '[ ] '),
  link({ href, title, tokens }) {
    const text = this.parser.parseInline(tokens);
    return isAllowed(href, LINK) ? `<a href="${address(href)}"${titled(title)}>${text}</a>` : text;
  },
  image({ href, title, text }) {
    const alt = attribute(text);
    return isAllowed(href, IMAGE) ? `<img src="${address(href)}" alt="${alt}"${titled(title)}>` : alt;
  },
};

// Without tags, what looks like one is text, and is escaped like all text.
const marked = new Marked({
  gfm: true,
  renderer: RENDERER,
  tokenizer: { html: () => undefined, tag: () => undefined },
});

/**
 * Markdown (GitHub's) as HTML. HTML in it is shown and not taken for tags; links lead to http, https, mailto and tel
 * and are plain text otherwise; images come from http and https.
 * @param source with shielded texts, which come out escaped, their line breaks as `<br>`
 */
export function markdownToHtml(source: string): string {
  const html = marked.parse(source, { async: false });
  return unshield(html, (literal) => escapeHtml(literal).replace(/\r\n?|\n/g, '<br>'));
}

function isAllowed(href: string, schemes: RegExp): boolean {
  return schemes.test(unshield(href, (literal) => literal));
}

/** Blanks and letters beyond ASCII are percent-encoded, percent signs are left alone. */
function address(href: string): string {
  const encode = (part: string) => encodeURI(part.toWellFormed()).replaceAll('%25', '%');
  return unshield(
    href,
    (literal) => escapeHtml(encode(literal)),
    (rest) => escapeOnce(encode(rest)),
  );
}

function titled(title: Tokens.Link['title']): string {
  return title ? ` title="${attribute(title)}"` : '';
}

function attribute(text: string): string {
  return unshield(text, escapeHtml, escapeOnce);
}
