import type { LayoutRow } from '../db/layouts.ts';
import type { TemplateRow } from '../db/templates.ts';
import type { Channel } from '../domain/channels.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { DEFAULT_CATEGORY, type SmsOptions } from '../domain/template-content.ts';
import { isUuid } from '../domain/uuid.ts';
import { ACKNOWLEDGE_URL } from '../templates/acknowledge-link.ts';
import { checkSource } from '../templates/check.ts';
import { contentSource } from '../templates/content-source.ts';
import { RenderError } from '../templates/render.ts';
import {
  ContentError,
  type ContentOptions,
  type ContentSource,
  renderContent,
  renderOptions,
} from '../templates/render-content.ts';
import { sourceFaults } from '../templates/source-faults.ts';
import { resolveVariables, type VariableDeclarations } from '../templates/variables.ts';
import { reservedFaults, UNASKED_LINK, whatsappLinkWarnings } from './acknowledge-faults.ts';
import { segmentWarnings } from './content-preview.ts';
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
 * @throws {ServiceError} conflict, where the template is inactive
 */
export async function planContent(
  templates: TemplateReader,
  input: ContentInput,
  person: Personalisation,
  acknowledgeUrl: string | null,
): Promise<PlannedContent> {
  const options = renderOptions(person, acknowledgeUrl);
  const isOne = (input.content === null) !== (input.template === null);
  if (!isOne) {
    const message = 'Give either content or template_id, not both and not neither.';
    const pointer = input.content === null ? '/content' : '/template_id';
    return { ...nothing(), faults: [{ pointer, code: 'content_or_template', message }, ...ownFaults(input, options)] };
  }
  return input.template === null
    ? planInline(input, options)
    : await planTemplate(templates, input, input.template, options);
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

function planInline(input: ContentInput, options: ContentOptions): PlannedContent {
  const planned = nothing();
  planned.faults.push(...ownFaults(input, options));
  if (planned.faults.length > 0) return planned;
  const source = {
    content: input.content ?? '',
    subject: input.subject,
    html: input.html,
    mediaUrl: input.mediaUrl,
  };
  for (const channel of channelsOf(input)) {
    renderInto(planned, input, channel, { source, variables: input.variables, options, sms: {} });
  }
  return planned;
}

/** What is wrong with the sender's own words, as far as it can be told without rendering them. */
function ownFaults(input: ContentInput, options: ContentOptions): Fault[] {
  if (input.variables === null) return [];
  const faults = reservedFaults(input.variables);
  const sound: string[] = [];
  for (const field of ['content', 'subject', 'html'] as const) {
    const source = input[field] ?? '';
    const found = sourceFaults(source, `/${field}`);
    faults.push(...found);
    if (found.length === 0) sound.push(source);
  }
  return [...faults, ...missingFaults(sound, input.variables, options)];
}

/** Every variable that the sender's own words print but that was not given, all at once. */
function missingFaults(
  sources: readonly string[],
  variables: Readonly<Record<string, unknown>>,
  { acknowledgeUrl }: ContentOptions,
): Fault[] {
  const faults = new Map<string, Fault>();
  const given = { ...variables, ...(acknowledgeUrl !== undefined && { [ACKNOWLEDGE_URL]: acknowledgeUrl }) };
  for (const source of sources) {
    for (const name of checkSource(source).variables) {
      if (Object.hasOwn(given, name) || rendersWithout(source, name, given)) continue;
      const pointer = `/variables${jsonPointer(name)}`;
      const fault = { pointer, code: 'missing_variable', message: `The variable "${name}" is used and missing.` };
      faults.set(name, name === ACKNOWLEDGE_URL ? UNASKED_LINK : fault);
    }
  }
  return [...faults.values()];
}

/** Whether a source makes do without a variable, by a `default` or by asking for it in a condition only. */
function rendersWithout(source: string, name: string, variables: Readonly<Record<string, unknown>>): boolean {
  try {
    renderContent('email', { content: `${source}.`, subject: null, html: null, mediaUrl: null }, variables, {});
    return true;
  } catch (error) {
    if (error instanceof RenderError) return rootOf(error.variable) !== name && error.code !== 'missing_variable';
    throw error;
  }
}

async function planTemplate(
  templates: TemplateReader,
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
    renderInto(planned, input, channel, { source, variables: values, options, sms: variant.sms });
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
}

function renderInto(
  planned: Mutable,
  input: ContentInput,
  channel: Channel,
  { source, variables, options, sms }: WrittenContent,
): void {
  try {
    const rendered = renderContent(channel, source, variables, options);
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

/** Why content cannot be rendered; `pointer` is where that is not for one variable's sake. Other errors are thrown on. */
export function faultOf(error: unknown, pointer: string): Fault {
  if (error instanceof ContentError) return { pointer, code: error.code, message: error.message };
  if (!(error instanceof RenderError)) throw error;
  const root = rootOf(error.variable);
  if (root === ACKNOWLEDGE_URL) return UNASKED_LINK;
  const isOfVariable = root !== null && ['missing_variable', 'null_variable'].includes(error.code);
  return {
    pointer: isOfVariable ? `/variables${jsonPointer(root)}` : pointer,
    code: error.code,
    message: error.message,
  };
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

function rootOf(variable: string | null): string | null {
  return variable?.split(/[.[]/)[0] ?? null;
}
