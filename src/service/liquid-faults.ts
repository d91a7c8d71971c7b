import { jsonPointer } from '../domain/json-pointer.ts';
import { ACKNOWLEDGE_URL } from '../templates/acknowledge-link.ts';
import { checkSource, type SourceCheck } from '../templates/check.ts';
import { RenderError } from '../templates/render.ts';
import { ContentError, type ContentOptions, renderContent } from '../templates/render-content.ts';
import { liquidFaults } from '../templates/source-faults.ts';
import { withinTime } from '../templates/time-limit.ts';
import type { WorkBudget } from '../templates/work-budget.ts';
import { reservedFaults, UNASKED_LINK } from './acknowledge-faults.ts';
import type { MessageContentInput } from './message-input.ts';
import type { Fault } from './service-error.ts';

/** What is wrong with the Liquid that the sender wrote: mistakes, and the variables that are missing in the rest. */
export async function liquidFaultsOf(
  input: Pick<MessageContentInput, 'content' | 'subject' | 'html'>,
  given: Readonly<Record<string, unknown>>,
  { acknowledgeUrl }: ContentOptions,
  budget: WorkBudget,
): Promise<Fault[]> {
  const faults = [...reservedFaults(given)];
  const sources: CheckedSource[] = [];
  try {
    for (const field of ['content', 'subject', 'html'] as const) {
      const source = input[field] ?? '';
      await budget.pause();
      const check = budget.spend((left) => checkWithin(left, source));
      const found = liquidFaults(check, `/${field}`);
      faults.push(...found);
      if (found.length === 0) sources.push({ source, names: check.variables });
    }
    const all = { ...given, ...(acknowledgeUrl !== undefined && { [ACKNOWLEDGE_URL]: acknowledgeUrl }) };
    return [...faults, ...(await missingFaults(sources, all, budget))];
  } catch (error) {
    return [...faults, faultOf(error, '/content')];
  }
}

interface CheckedSource {
  readonly source: string;
  /** The variables that it reads. */
  readonly names: readonly string[];
}

/** Longest source in characters that is checked without a watch. */
const QUICK_CHECK = 5_000;

function checkWithin(milliseconds: number, source: string): SourceCheck {
  return source.length <= QUICK_CHECK ? checkSource(source) : withinTime(milliseconds, () => checkSource(source));
}

/** Every variable that the sender's own words print but that was not given, all at once. */
async function missingFaults(
  sources: readonly CheckedSource[],
  given: Readonly<Record<string, unknown>>,
  budget: WorkBudget,
): Promise<Fault[]> {
  const faults = new Map<string, Fault>();
  for (const { source, names } of sources) {
    for (const name of names) {
      if (Object.hasOwn(given, name)) continue;
      await budget.pause();
      if (budget.spend((workLimit) => rendersWithout(source, name, given, { workLimit }))) continue;
      const pointer = `/variables${jsonPointer(name)}`;
      const fault = { pointer, code: 'missing_variable', message: `The variable "${name}" is used and missing.` };
      faults.set(name, name === ACKNOWLEDGE_URL ? UNASKED_LINK : fault);
    }
  }
  return [...faults.values()];
}

/** Whether a source makes do without a variable, by a `default` or by asking for it in a condition only. */
function rendersWithout(
  source: string,
  name: string,
  variables: Readonly<Record<string, unknown>>,
  limit: Pick<ContentOptions, 'workLimit'>,
): boolean {
  try {
    renderContent('email', { content: `${source}.`, subject: null, html: null, mediaUrl: null }, variables, limit);
    return true;
  } catch (error) {
    if (error instanceof RenderError) return rootOf(error.variable) !== name && error.code !== 'missing_variable';
    throw error;
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

function rootOf(variable: string | null): string | null {
  return variable?.split(/[.[]/)[0] ?? null;
}
