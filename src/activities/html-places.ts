import { Tokenizer } from 'htmlparser2';

/** A replacement of the text from `start` up to `end`. */
export interface HtmlEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** An attribute `href` of an `<a>`, from its name to its closing quote. */
export interface AnchorHref {
  readonly start: number;
  readonly end: number;
  /** With its entities decoded. */
  readonly value: string;
  /** Whether the `<a>` has the attribute `data-no-track`. */
  readonly isUntracked: boolean;
}

export interface LinkPlaces {
  /** In the order of the text; what stands in comments, styles and titles is none. */
  readonly hrefs: readonly AnchorHref[];
  /** Where the body ends; the end of the text where it has no closing tag. */
  readonly bodyEnd: number;
}

/** Of a tag that is being read. */
interface Attribute {
  readonly name: string;
  readonly start: number;
  end: number;
  value: string;
}

const UNTRACKED = 'data-no-track';

/** Finds where links of ours go in an HTML document or a part of one, as a browser reads it. */
export function placesForLinks(html: string): LinkPlaces {
  const hrefs: AnchorHref[] = [];
  let bodyEnd: number | null = null;
  let htmlEnd: number | null = null;
  let tag = '';
  let attributes: Attribute[] = [];

  const nameAt = (start: number, end: number) => html.slice(start, end).toLowerCase();
  function addToValue(text: string): void {
    const attribute = attributes.at(-1);
    if (attribute !== undefined) attribute.value += text;
  }
  function endTag(): void {
    // Of attributes of one name, the first counts (HTML Standard, 13.2.5.33).
    const href = tag === 'a' ? attributes.find(({ name }) => name === 'href') : undefined;
    if (href === undefined) return;
    const { start, end, value } = href;
    hrefs.push({ start, end, value, isUntracked: attributes.some(({ name }) => name === UNTRACKED) });
  }

  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true },
    {
      onopentagname(start, end) {
        tag = nameAt(start, end);
        attributes = [];
      },
      onattribname: (start, end) => attributes.push({ name: nameAt(start, end), start, end, value: '' }),
      onattribdata: (start, end) => addToValue(html.slice(start, end)),
      onattribentity: (codePoint) => addToValue(String.fromCodePoint(codePoint)),
      onattribend(_quote, end) {
        const attribute = attributes.at(-1);
        if (attribute !== undefined) attribute.end = end;
      },
      onopentagend: endTag,
      onselfclosingtag: endTag,
      onclosetag(start, end) {
        const name = nameAt(start, end);
        if (name === 'body') bodyEnd = start - '</'.length;
        if (name === 'html') htmlEnd = start - '</'.length;
      },
      ...{ ontext: ignore, ontextentity: ignore, oncomment: ignore, oncdata: ignore, ondeclaration: ignore },
      ...{ onprocessinginstruction: ignore, onend: ignore },
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return { hrefs, bodyEnd: bodyEnd ?? htmlEnd ?? html.length };
}

function ignore(): void {
  // Holds no place for a link.
}
