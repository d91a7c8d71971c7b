import type { Channel } from '../domain/channels.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import { CHANNEL_FIELDS, type ContentFormat, type LocaleVariant, type SmsOptions } from '../domain/template-content.ts';
import { ACKNOWLEDGE_URL } from './acknowledge-link.ts';
import { checkSource, type SourceCheck } from './check.ts';
import { checkLayout } from './layout-check.ts';
import { localeFaults, localeWarnings, WORDS } from './locale-check.ts';
import { liquidFaults, type TemplateFault } from './source-faults.ts';
import { checkDeclarations, type VariableDeclarations } from './variables.ts';
import { numberGap } from './whatsapp-template.ts';

/** A version of a template as it is about to be saved. */
export interface TemplateSource {
  readonly channel: Channel;
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  readonly format?: ContentFormat;
  /** The layout that the template names, where there is one of that name. */
  readonly layout?: { readonly html: string } | null;
  readonly sms?: SmsOptions;
  readonly whatsapp?: { readonly variables: Readonly<Record<string, string>> } | null;
  readonly locales?: Readonly<Record<string, LocaleVariant>>;
  readonly variables: VariableDeclarations;
}

/** One Liquid source of a template. */
interface Part {
  /** How a sentence calls it. */
  readonly name: string;
  readonly pointer: string;
  readonly check: SourceCheck;
}

/**
 * Everything that is wrong with a template, and in the warnings what probably is: its Liquid, its declarations and the
 * variables that it does not declare, its languages and placeholders, and fields that its channel does not have.
 */
export function checkTemplate(template: TemplateSource): { faults: TemplateFault[]; warnings: TemplateFault[] } {
  const { locales = {} } = template;
  const parts = [...wordParts(template), ...placeholderParts(template), ...localeParts(template)];
  const layout = template.layout ? checkLayout(template.layout.html, '/layout') : { faults: [], variables: [] };
  const mistakes = [...parts.flatMap(({ check, pointer }) => liquidFaults(check, pointer)), ...layout.faults];
  const faults = [
    ...declarationFaults(template.variables),
    ...mistakes,
    ...parts.flatMap(({ name, check }) => undeclaredFaults(name, check.variables, template)),
    ...undeclaredFaults('layout', layout.variables, template),
    ...placeholderFaults(template),
    ...localeFaults(locales),
    ...channelFaults(template),
  ];
  const used = new Set([...parts.flatMap(({ check }) => check.variables), ...layout.variables]);
  // What a faulty source uses is not known.
  const unused = mistakes.length > 0 ? [] : unusedWarnings(template, used);
  return { faults, warnings: [...unused, ...localeWarnings(locales, template)] };
}

function wordParts(template: TemplateSource): Part[] {
  return WORDS.flatMap((field) => part(field, `/${field}`, template[field]));
}

function placeholderParts({ whatsapp }: TemplateSource): Part[] {
  return Object.entries(whatsapp?.variables ?? {}).flatMap(([number, source]) =>
    part(`placeholder ${number}`, `/whatsapp/variables${jsonPointer(number)}`, source),
  );
}

function localeParts({ locales = {} }: TemplateSource): Part[] {
  return Object.entries(locales).flatMap(([tag, variant]) =>
    WORDS.flatMap((field) => part(`${field} in ${tag}`, `/locales${jsonPointer(tag, field)}`, variant[field])),
  );
}

function part(name: string, pointer: string, source: string | null | undefined): Part[] {
  return typeof source === 'string' ? [{ name, pointer, check: checkSource(source) }] : [];
}

function declarationFaults(variables: VariableDeclarations): TemplateFault[] {
  return checkDeclarations(variables).map((fault) => ({ ...fault, pointer: `/variables${fault.pointer}` }));
}

function undeclaredFaults(where: string, used: readonly string[], { variables }: TemplateSource): TemplateFault[] {
  return used
    .filter((name) => !Object.hasOwn(variables, name) && name !== ACKNOWLEDGE_URL)
    .map((name) => ({
      ...{ pointer: `/variables${jsonPointer(name)}`, code: 'undeclared_variable' },
      message: `The variable "${name}" is used in ${where} and not declared.`,
    }));
}

function placeholderFaults({ whatsapp }: TemplateSource): TemplateFault[] {
  const sources = whatsapp?.variables ?? {};
  const gap = numberGap(Object.keys(sources));
  const empty = Object.entries(sources).filter(([, source]) => source.trim() === '');
  return [
    ...(gap === null ? [] : [{ ...placeholderFault, pointer: '/whatsapp/variables', message: gapSentence(gap) }]),
    ...empty.map(([number]) => ({
      ...{ ...placeholderFault, pointer: `/whatsapp/variables${jsonPointer(number)}` },
      message: `Placeholder ${number} is empty; WhatsApp takes no empty value.`,
    })),
  ];
}

const placeholderFault = { code: 'content_variable_invalid' };

function gapSentence(number: string): string {
  return `Placeholders are numbered from 1 without a gap; ${number} is missing.`;
}

function channelFaults({ channel, ...template }: TemplateSource): TemplateFault[] {
  const fields = Object.entries(CHANNEL_FIELDS).filter(([field, only]) => {
    const value = template[field as keyof typeof CHANNEL_FIELDS];
    // No SMS options are an empty object.
    return only !== channel && value !== undefined && value !== null && !(field === 'sms' && isEmpty(value));
  });
  const variants = Object.entries(template.locales ?? {}).flatMap(([tag, variant]) =>
    (['subject', 'html'] as const)
      .filter((field) => channel !== CHANNEL_FIELDS[field] && (variant[field] ?? null) !== null)
      .map((field) => notForChannel(`/locales${jsonPointer(tag, field)}`, field, CHANNEL_FIELDS[field])),
  );
  const format =
    channel !== 'email' && template.format === 'markdown' ? [notForChannel('/format', 'Markdown', 'email')] : [];
  return [...fields.map(([field, only]) => notForChannel(`/${field}`, field, only)), ...variants, ...format];
}

function notForChannel(pointer: string, what: string, only: Channel): TemplateFault {
  const name = { email: 'email', sms: 'SMS', whatsapp: 'WhatsApp' }[only];
  return { pointer, code: 'not_for_channel', message: `Only ${name} templates have ${what}.` };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function unusedWarnings({ variables }: TemplateSource, used: ReadonlySet<string>): TemplateFault[] {
  return Object.keys(variables)
    .filter((name) => !used.has(name))
    .map((name) => ({
      ...{ pointer: `/variables${jsonPointer(name)}`, code: 'unused_variable' },
      message: `The variable "${name}" is declared and not used.`,
    }));
}
