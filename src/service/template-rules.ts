import { setImmediate } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { holdLayout } from '../db/layouts.ts';
import type { Channel } from '../domain/channels.ts';
import type { TemplateContent } from '../domain/template-content.ts';
import { ACKNOWLEDGE_URL } from '../templates/acknowledge-link.ts';
import { checkSource, REMEMBERED_CHECKS } from '../templates/check.ts';
import { contentSource } from '../templates/content-source.ts';
import { RenderError } from '../templates/render.ts';
import { ContentError, renderContent, renderOptions } from '../templates/render-content.ts';
import { checkTemplate } from '../templates/template-check.ts';
import { resolveVariables, type VariableDeclarations } from '../templates/variables.ts';
import { startBudget } from '../templates/work-budget.ts';
import { segmentWarnings } from './content-preview.ts';
import type { Fault, Warning } from './service-error.ts';

/** A link as long as most; which host it will have is not known here. */
const EXAMPLE_LINK = `https://messages.example.com/a/${'x'.repeat(43)}`;

const EMPTY = 'The template says nothing; only an email with html may leave content empty.';

/** A template's content, and the channel that it is for. */
export interface ChannelContent extends TemplateContent {
  readonly channel: Channel;
}

/**
 * What is wrong with a template that is about to be saved, and what may be. The layout that it names is kept as it is
 * until the transaction ends.
 */
export async function examineTemplate(
  db: Database,
  template: ChannelContent,
): Promise<{ faults: Fault[]; warnings: Warning[] }> {
  const sources = sourcesOf(template);
  if (sources.reduce((sum, source) => sum + source.length, 0) > MAX_CHARACTERS) {
    const message = `All texts of a template, in all languages, have at most ${MAX_CHARACTERS} characters together.`;
    return { faults: [{ pointer: '', code: 'too_long', message }], warnings: [] };
  }
  const layout = await layoutFor(db, template);
  await checkInTurns(sources);
  const { faults, warnings } = checkWith(template, layout.html);
  if (layout.fault !== null) faults.push({ pointer: '/layout', ...layout.fault });
  if (isEmpty(template)) faults.push({ pointer: '/content', code: 'content_empty', message: EMPTY });
  if (faults.length > 0 || template.channel !== 'sms') return { faults, warnings };
  return { faults, warnings: [...warnings, ...(await exampleSegmentWarnings(template))] };
}

/** As many as can be checked one after the other before they are looked at together. */
const MAX_CHARACTERS = REMEMBERED_CHECKS.characters;

function sourcesOf(template: ChannelContent): string[] {
  const variants = [template, ...Object.values(template.locales)];
  return variants.flatMap(({ content, subject, html }) => [content, subject, html].map((source) => source ?? ''));
}

/** Other requests get their turn: a long source takes a tenth of a second, and there may be many languages. */
async function checkInTurns(sources: readonly string[]): Promise<void> {
  const budget = startBudget(Number.POSITIVE_INFINITY);
  for (const source of sources) {
    await budget.pause();
    budget.spend(() => checkSource(source));
  }
}

/** What may be wrong with a stored template. */
export function templateWarnings(template: ChannelContent, layout: string | null): Warning[] {
  return checkWith(template, layout).warnings;
}

/** The variables of a preview: the given ones, else their defaults, else their examples. Faults point below `/variables`. */
export function exampleVariables(
  template: TemplateContent,
  given: Readonly<Record<string, unknown>>,
): { values: Record<string, unknown>; faults: Fault[] } {
  const declarations = template.variables as VariableDeclarations;
  const examples = Object.entries(declarations)
    .filter(([, declaration]) => declaration.default === undefined && declaration.example !== undefined)
    .map(([name, { example }]) => [name, example] as const);
  const { values, faults } = resolveVariables(declarations, { ...Object.fromEntries(examples), ...given });
  return { values, faults: faults.map((fault) => ({ ...fault, pointer: `/variables${fault.pointer}` })) };
}

/** The text of an email can be made from its HTML. */
function isEmpty({ channel, content, html }: ChannelContent): boolean {
  return content.trim() === '' && (channel !== 'email' || (html ?? '').trim() === '');
}

async function layoutFor(db: Database, { layout: name, channel }: ChannelContent) {
  if (name === null) return { html: null, fault: null };
  if (channel !== 'email') {
    return { html: null, fault: { code: 'not_for_channel', message: 'Only email templates have layout.' } };
  }
  const layout = await holdLayout(db, name);
  if (layout !== undefined) return { html: layout.html, fault: null };
  return { html: null, fault: { code: 'unknown_layout', message: 'There is no layout of this name.' } };
}

function checkWith({ layout: _, ...template }: ChannelContent, html: string | null) {
  const variables = template.variables as VariableDeclarations;
  return checkTemplate({ ...template, variables, layout: html === null ? null : { html } });
}

/** How a text with its examples will be cut, in each language; a text that lacks an example says nothing. */
async function exampleSegmentWarnings(template: ChannelContent): Promise<Warning[]> {
  const values = { ...exampleVariables(template, {}).values, [ACKNOWLEDGE_URL]: EXAMPLE_LINK };
  const warnings: Warning[] = [];
  for (const locale of [null, ...Object.keys(template.locales)]) {
    // Other requests get their turn: a rendering may take as long as its limit, and there may be many languages.
    await setImmediate();
    const rendered = tryRender(template, values, locale);
    const pointer = locale === null ? '/content' : `/locales/${locale}/content`;
    if (rendered !== null) warnings.push(...segmentWarnings(rendered.text, template.sms, pointer));
  }
  return warnings;
}

function tryRender(template: ChannelContent, values: Record<string, unknown>, locale: string | null) {
  try {
    const options = renderOptions({ locale, timeZone: null });
    return renderContent(template.channel, contentSource(template, null, null), values, options);
  } catch (error) {
    if (error instanceof RenderError || error instanceof ContentError) return null;
    throw error;
  }
}
