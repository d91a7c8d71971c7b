import { isObject } from '../http-server.ts';
import type { Content } from './contents.ts';

/** Something to tap on below a message. */
export interface Choice {
  readonly kind: 'button' | 'list';
  readonly id: string | null;
  readonly title: string;
  /** Where a button leads to, a web address or a phone number; null where it answers. */
  readonly target: string | null;
}

/** What a person sees of a content. */
export interface RenderedContent {
  readonly text: string;
  readonly mediaUrls: readonly string[];
  readonly choices: readonly Choice[];
}

/** WhatsApp shows the richest type of a content, SMS its text. Values that are not given are taken from its samples. */
export function renderContent(
  content: Content,
  channel: 'sms' | 'whatsapp',
  given: Readonly<Record<string, string>>,
): RenderedContent {
  const [plain, ...others] = Object.keys(content.types).sort((a, b) => Number(isText(b)) - Number(isText(a)));
  const name = (channel === 'whatsapp' ? others[0] : undefined) ?? plain ?? '';
  const type = content.types[name] ?? {};
  const fill = (text: unknown) => fillIn(text, { ...content.variables, ...given });
  return {
    text: type['body'] === null ? listed(content, given) : textOf(type).map(fill).filter(Boolean).join('\n'),
    mediaUrls: strings(type['media']).map(fill),
    choices: choicesOf(type).map(({ id, title, target, ...choice }) => ({
      ...choice,
      ...{ id: id && fill(id), title: fill(title), target: target && fill(target) },
    })),
  };
}

function isText(name: string): boolean {
  return name === 'twilio/text';
}

/** A template that was never made here has no text of its own. */
function listed({ sid }: Content, given: Readonly<Record<string, string>>): string {
  return [`Template ${sid}`, ...Object.entries(given).map(([name, value]) => `${name}: ${value}`)].join('\n');
}

function textOf(type: Readonly<Record<string, unknown>>): unknown[] {
  return [type['header_text'], type['title'], type['body'], type['subtitle'], type['label'], type['footer']];
}

function choicesOf(type: Readonly<Record<string, unknown>>): Choice[] {
  const buttons = objects(type['actions']).map((action) => ({
    ...{ kind: 'button' as const, id: text(action['id']), title: text(action['title']) ?? '' },
    target: text(action['url']) ?? text(action['phone']),
  }));
  const items = objects(type['items']).map((item) => ({
    ...{ kind: 'list' as const, id: text(item['id']), title: text(item['item']) ?? '', target: null },
  }));
  return [...buttons, ...items];
}

function fillIn(value: unknown, variables: Readonly<Record<string, string>>): string {
  return (text(value) ?? '').replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => variables[name] ?? whole);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
