import { type Template, TypeGuards } from 'liquidjs';
import { createTextEngine, MAX_SOURCE } from './engine.ts';
import { memoise } from './memoise.ts';
import { originOf, placeOf } from './render-error.ts';
import { childrenOf, tokensOf } from './tokens.ts';

export interface SourceFault {
  /** A sentence that says what is wrong. */
  message: string;
  /** Counted from one. */
  line: number;
  /** Counted from one. */
  column: number;
}

export interface SourceCheck {
  /** Liquid stops at its first fault, so there is at most one. */
  readonly faults: readonly SourceFault[];
  /** Root names of the variables that have to be given, in the order of their first use; empty where there are faults. */
  readonly variables: readonly string[];
}

const engine = createTextEngine();

/** Sources whose checks are remembered, and how long they may be together. */
export const REMEMBERED_CHECKS = { entries: 500, characters: 2_000_000 };

/** Looks for mistakes in a source without rendering it, and for the variables that it reads. */
export const checkSource: (source: string) => SourceCheck = memoise(check, REMEMBERED_CHECKS);

function check(source: string): SourceCheck {
  if (source.length > MAX_SOURCE) {
    const message = `The template is longer than ${MAX_SOURCE} characters.`;
    return { faults: [{ message, line: 1, column: 1 }], variables: [] };
  }
  try {
    return { faults: [], variables: globalNames(engine.parse(source)) };
  } catch (error) {
    const { line, column } = placeOf(error);
    return { faults: [{ message: sentenceOf(error), line: line ?? 1, column: column ?? 1 }], variables: [] };
  }
}

/** Root names that a template itself reads, not those of the templates inside it; each as often as it is read. */
export function* namesRead(template: Template): Generator<string> {
  for (const argument of template.arguments?.() ?? []) {
    for (const token of tokensOf(argument)) {
      if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) continue;
      const [root] = token.props;
      // `continue` is no variable but part of `offset: continue`.
      if ((TypeGuards.isWordToken(root) || TypeGuards.isQuotedToken(root)) && root.content !== 'continue') {
        yield root.content;
      }
    }
  }
}

/** liquidjs has an analysis of its own, but it counts lines from the top for each variable and takes seconds. */
function globalNames(templates: readonly Template[]): string[] {
  const globals = new Set<string>();
  const assigned = new Set<string>();
  visitAll(templates, new Set(), { globals, assigned });
  return [...globals];
}

interface Names {
  readonly globals: Set<string>;
  /** Names from `assign`, `capture` and `increment`, which hold from there to the end of the source. */
  readonly assigned: Set<string>;
}

function visitAll(templates: readonly Template[], loopNames: ReadonlySet<string>, names: Names): void {
  for (const template of templates) {
    for (const name of namesRead(template)) {
      if (!loopNames.has(name) && !names.assigned.has(name)) names.globals.add(name);
    }
    for (const { content } of template.localScope?.() ?? []) names.assigned.add(content);
    const inside = template.blockScope === undefined ? loopNames : new Set([...loopNames, ...template.blockScope()]);
    visitAll(childrenOf(template), inside, names);
  }
}

function sentenceOf(error: unknown): string {
  const origin = originOf(error);
  if (!(origin instanceof Error)) throw error;
  if (origin instanceof RangeError) return 'The template is nested too deeply.';
  const message = origin.message.replace(/, line:\d+, col:\d+$/, '').replace(/\.?$/, '.');
  return message.charAt(0).toUpperCase() + message.slice(1);
}
