import type { LayoutRow } from '../db/layouts.ts';
import type { TemplateRow } from '../db/templates.ts';
import type { Channel } from '../domain/channels.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { DEFAULT_CATEGORY, type SmsOptions } from '../domain/template-content.ts';
import { isUuid } from '../domain/uuid.ts';
import { contentSource } from '../templates/content-source.ts';
import { type ContentOptions, type ContentSource, renderContent, renderOptions } from '../templates/render-content.ts';
import { resolveVariables, type VariableDeclarations } from '../templates/variables.ts';
import type { WorkBudget } from '../templates/work-budget.ts';
import { whatsappLinkWarnings } from './acknowledge-faults.ts';
import { segmentWarnings } from './content-preview.ts';
import { faultOf, liquidFaultsOf } from './liquid-faults.ts';
import type { MessageContentInput, MessageInput } from './message-input.ts';
import { type Fault, ServiceError, type Warning } from './service-error.ts';
import type { TemplateReader } from './template-reader.ts';

/** What a message says on each channel of its plan, proven by rendering it. */
export interface PlannedContent {
  /** The template variants by channel; empty where the sender wrote the content. */
  readonly variants: ReadonlyMap<Channel, TemplateRow>;
  /** The layout around the email of the plan; null where there is none. */
  readonly layout: LayoutRow | null;
  /** Null for a channel that the content does not work on. */
  readonly rendered: ReadonlyMap<Channel, RenderedContent | null>;
  readonly faults: Fault[];
  readonly warnings: Warning[];
}

/** The content of a message; what can be tapped on is left out where it is not known. */
type ContentInput = MessageContentInput & Partial<Pick<MessageInput, 'interactive'>>;

export interface Personalisation {
  readonly locale: string | null;
  readonly timeZone: string | null;
}

/**
 * Finds the content for each channel of a plan and renders it, so that a message that could never be sent is refused
 * while its sender listens. Faults on the first channel are faults; on a fallback they are warnings.
 * @param acknowledgeUrl what stands for the link to confirm; null where the message asks for no confirmation
 * @param budget what all of it may cost; content that costs more is refused
 * @throws {ServiceError} conflict, where the template is inactive
 */
export async function planContent(
  templates: TemplateReader,
  input: ContentInput,
  person: Personalisation,
  acknowledgeUrl: string | null,
  budget: WorkBudget,
): Promise<PlannedContent> {
  const options = renderOptions(person, acknowledgeUrl);
  const isOne = (input.content === null) !== (input.template === null);
  if (!isOne) {
    const message = 'Give either content or template_id, not both and not neither.';
    const pointer = input.content === null ? '/content' : '/template_id';
    const faults = [{ pointer, code: 'content_or_template', message }, ...(await ownFaults(input, options, budget))];
    return { ...nothing(), faults };
  }
  return input.template === null
    ? await planInline(input, options, budget)
    : await planTemplate({ templates, budget }, input, input.template, options);
}

/** The template of a message, and the versions that are fixed for it, by channel. */
export function templateColumns({ variants, layout }: PlannedContent, channel: Channel) {
  const first = variants.get(channel);
  const versionIds = [...variants].map(([on, variant]) => [on, variant.version_id] as const);
  return {
    template_id: first?.id ?? null,
    template_name: first?.name ?? null,
    template_version: first?.version ?? null,
    template_version_ids: variants.size === 0 ? null : Object.fromEntries(versionIds),
    layout_version_id: layout?.version_id ?? null,
    category: first?.category ?? DEFAULT_CATEGORY,
  };
}

async function planInline(input: ContentInput, options: ContentOptions, budget: WorkBudget): Promise<PlannedContent> {
  const planned = nothing();
  planned.faults.push(...(await ownFaults(input, options, budget)));
  if (planned.faults.length > 0) return planned;
  const source = {
    content: input.content ?? '',
    subject: input.subject,
    html: input.html,
    mediaUrl: input.mediaUrl,
  };
  for (const channel of channelsOf(input)) {
    await budget.pause();
    renderInto(planned, input, channel, { source, variables: input.variables, options, sms: {}, budget });
  }
  return planned;
}

/** What is wrong with the sender's own words, as far as it can be told without rendering them. */
async function ownFaults(input: ContentInput, options: ContentOptions, budget: WorkBudget): Promise<Fault[]> {
  return input.variables === null ? [] : await liquidFaultsOf(input, input.variables, options, budget);
}

async function planTemplate(
  { templates, budget }: { readonly templates: TemplateReader; readonly budget: WorkBudget },
  input: ContentInput,
  reference: string,
  options: ContentOptions,
): Promise<PlannedContent> {
  const planned = nothing();
  const variants = await findVariants(templates, reference);
  if (variants.length === 0) {
    planned.faults.push({ pointer: '/template_id', code: 'unknown_template', message: 'There is no such template.' });
    return planned;
  }
  const given = input.variables ?? {};
  const inPlan = variants.filter(({ channel }) => channelsOf(input).includes(channel));
  planned.faults.push(...undeclaredFaults(inPlan, given));
  for (const channel of channelsOf(input)) {
    const variant = variants.find((row) => row.channel === channel);
    if (variant === undefined) {
      report(planned, input, channel, {
        ...{ pointer: '/template_id', code: 'template_variant_missing' },
        message: `The template has no variant for ${channel}.`,
      });
      continue;
    }
    refuseInactive(variant, channel === input.channel);
    planned.variants.set(channel, variant);
    const { values, faults } = resolveVariables(variant.variables as VariableDeclarations, given);
    const ownFaults = faults.filter(({ code }) => code !== 'undeclared_variable');
    if (ownFaults.length > 0) {
      for (const fault of ownFaults)
        report(planned, input, channel, { ...fault, pointer: `/variables${fault.pointer}` });
      planned.rendered.set(channel, null);
      continue;
    }
    const layout = channel === 'email' ? await layoutOf(templates, variant) : null;
    if (layout !== null) planned.layout = layout;
    const source = contentSource(variant, layout?.html ?? null, input.mediaUrl);
    await budget.pause();
    renderInto(planned, input, channel, { source, variables: values, options, sms: variant.sms, budget });
  }
  return planned;
}

/** By id, one variant brings the others of its name along, so that fallbacks find theirs. */
export async function findVariants(templates: TemplateReader, reference: string): Promise<readonly TemplateRow[]> {
  const byId = isUuid(reference) ? await templates.byId(reference) : undefined;
  return await templates.byName(byId?.name ?? reference);
}

async function layoutOf(templates: TemplateReader, variant: TemplateRow): Promise<LayoutRow | null> {
  return variant.layout === null ? null : ((await templates.layout(variant.layout)) ?? null);
}

function undeclaredFaults(variants: readonly TemplateRow[], given: Readonly<Record<string, unknown>>): Fault[] {
  const declared = new Set(variants.flatMap((variant) => Object.keys(variant.variables as object)));
  return Object.keys(given)
    .filter((name) => variants.length > 0 && !declared.has(name))
    .map((name) => ({
      pointer: `/variables${jsonPointer(name)}`,
      code: 'undeclared_variable',
      message: 'The template declares no variable of this name.',
    }));
}

function refuseInactive(variant: TemplateRow, isFirst: boolean): void {
  if (variant.is_active || !isFirst) return;
  const message = 'The template is inactive; activate it, or use another one.';
  const fault = { pointer: '/template_id', code: 'template_inactive', message };
  throw new ServiceError('conflict', 'template_inactive', message, [fault]);
}

interface WrittenContent {
  readonly source: ContentSource;
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly options: ContentOptions;
  readonly sms: SmsOptions;
  readonly budget: WorkBudget;
}

function renderInto(
  planned: Mutable,
  input: ContentInput,
  channel: Channel,
  { source, variables, options, sms, budget }: WrittenContent,
): void {
  try {
    const rendered = budget.spend((workLimit) => renderContent(channel, source, variables, { ...options, workLimit }));
    const { acknowledgeUrl } = options;
    if (channel === 'whatsapp' && acknowledgeUrl !== undefined) {
      const { interactive = null } = input;
      planned.warnings.push(...whatsappLinkWarnings({ ...rendered, interactive }, acknowledgeUrl));
    }
    planned.rendered.set(channel, rendered);
    const pointer = input.template === null ? '/content' : '/template_id';
    if (channel === 'sms') planned.warnings.push(...segmentWarnings(rendered.text, sms, pointer));
  } catch (error) {
    planned.rendered.set(channel, null);
    report(planned, input, channel, faultOf(error, input.template === null ? '/content' : '/variables'));
  }
}

/** A fault where it stops the message; a warning where only a fallback is lost. */
function report(planned: Mutable, input: ContentInput, channel: Channel, fault: Fault): void {
  if (channel === input.channel) planned.faults.push(fault);
  else planned.warnings.push({ ...fault, message: `Fallback ${channel}: ${fault.message}`, channel });
}

interface Mutable extends PlannedContent {
  variants: Map<Channel, TemplateRow>;
  layout: LayoutRow | null;
  rendered: Map<Channel, RenderedContent | null>;
}

function nothing(): Mutable {
  return { variants: new Map(), layout: null, rendered: new Map(), faults: [], warnings: [] };
}

function channelsOf(input: ContentInput): Channel[] {
  return [input.channel, ...input.fallbackChannels];
}
