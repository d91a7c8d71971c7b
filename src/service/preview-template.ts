import { setImmediate } from 'node:timers/promises';
import { findLayout } from '../db/layouts.ts';
import type { TemplateRow } from '../db/templates.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { ACKNOWLEDGE_URL } from '../templates/acknowledge-link.ts';
import { contentSource } from '../templates/content-source.ts';
import { localeOf } from '../templates/locale.ts';
import { renderContent, renderOptions } from '../templates/render-content.ts';
import { MESSAGE_WORK } from '../templates/work-budget.ts';
import { type ContentPreview, previewContent, segmentWarnings } from './content-preview.ts';
import type { ServiceContext } from './context.ts';
import { faultOf } from './liquid-faults.ts';
import type { Personalisation } from './plan-content.ts';
import { findRecipientByReference, type Recipient } from './recipients.ts';
import { type Fault, refuseFaults, type Warning } from './service-error.ts';
import { exampleVariables, templateWarnings } from './template-rules.ts';
import { readTemplate } from './templates.ts';

export interface TemplatePreviewInput {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Id or external id. */
  readonly recipient: string | null;
  /** Instead of the recipient's. */
  readonly locale: string | null;
}

export interface TemplatePreview extends ContentPreview {
  /** The language that was asked for, or the recipient's; null for the default. */
  readonly locale: string | null;
  readonly warnings: readonly Warning[];
  /** One for each language that the template has. */
  readonly variants: readonly ({ readonly locale: string } & Pick<ContentPreview, 'content' | 'subject' | 'html'>)[];
}

/**
 * Shows what a template says, with the given variables, else their defaults, else their examples.
 * @throws {ServiceError} not_found; invalid with every fault at once
 */
export async function previewTemplate(
  context: ServiceContext,
  id: string,
  input: TemplatePreviewInput,
): Promise<TemplatePreview> {
  const template = await readTemplate(context.db, id);
  const { person, faults } = await readPerson(context, input);
  const { values: own, faults: variableFaults } = exampleVariables(template, input.variables);
  refuseFaults([...faults, ...variableFaults]);
  // As in a message that asks for confirmation, because only there the template says all that it has to say.
  const values = { ...own, [ACKNOWLEDGE_URL]: context.links.placeholder('acknowledge') };
  const layout = template.layout === null ? undefined : await findLayout(context.db, template.layout);
  const source = { template, layout: layout?.html ?? null, values };
  const locale = input.locale ?? person?.locale ?? null;
  const personalisation = { locale, timeZone: person?.timeZone ?? null };
  const rendered = await renderAll(source, personalisation);
  const { text } = rendered.main;
  return {
    locale,
    ...previewContent(context.rules.sms.prices, template.channel, rendered.main, person?.phone ?? null),
    warnings: [
      ...templateWarnings(template, source.layout),
      ...(template.channel === 'sms' ? segmentWarnings(text, template.sms, '/content') : []),
    ],
    variants: rendered.variants,
  };
}

interface Source {
  readonly template: TemplateRow;
  readonly layout: string | null;
  readonly values: Readonly<Record<string, unknown>>;
}

/** @throws {ServiceError} invalid, with what is wrong in any language */
async function renderAll(source: Source, person: Personalisation) {
  const faults = new Map<string, Fault>();
  const attempt = (wanted: Personalisation, where: string): RenderedContent | null => {
    try {
      return renderTemplate(source, wanted);
    } catch (error) {
      const { pointer, code, message } = faultOf(error, '/variables');
      faults.set(`${pointer} ${code}`, faults.get(`${pointer} ${code}`) ?? { pointer, code, message: where + message });
      return null;
    }
  };
  const main = attempt(person, '');
  const variants: TemplatePreview['variants'][number][] = [];
  for (const locale of Object.keys(source.template.locales).sort()) {
    // Other requests get their turn: a rendering may take as long as its limit, and there may be many languages.
    await setImmediate();
    const variant = attempt({ ...person, locale }, `In ${locale}: `);
    if (variant === null) continue;
    variants.push({ locale, content: variant.text, subject: variant.subject, html: variant.html });
  }
  refuseFaults([...faults.values()]);
  return { main: main as RenderedContent, variants };
}

/** @throws {RenderError | ContentError} where it cannot be rendered */
function renderTemplate({ template, layout, values }: Source, person: Personalisation): RenderedContent {
  return renderContent(template.channel, contentSource(template, layout, null), values, {
    ...renderOptions(person),
    workLimit: MESSAGE_WORK,
  });
}

async function readPerson(
  context: ServiceContext,
  { recipient, locale }: TemplatePreviewInput,
): Promise<{ person: Recipient | null; faults: Fault[] }> {
  const faults: Fault[] = [];
  if (locale !== null && localeOf(locale) === null) {
    faults.push({ pointer: '/locale', code: 'invalid_locale', message: 'Not a language tag such as pt-BR.' });
  }
  const person = recipient === null ? null : await findRecipientByReference(context, recipient);
  if (recipient !== null && person === null) {
    const message = 'There is no recipient with this id or external id.';
    faults.push({ pointer: '/recipient', code: 'unknown_recipient', message });
  }
  return { person, faults };
}
