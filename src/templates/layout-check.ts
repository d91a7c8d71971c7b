import { Output, type Template } from 'liquidjs';
import { checkSource, namesRead } from './check.ts';
import { createHtmlEngine } from './engine.ts';
import { sourceFaults, type TemplateFault } from './source-faults.ts';
import { childrenOf } from './tokens.ts';

/** What every layout is given beside the message's variables. */
const GIVEN = ['content', 'subject'];

/** The body as a layout has to print it. */
const PRINTED = /^\{\{-?\s*content\s*-?\}\}$/;

export interface LayoutCheck {
  readonly faults: TemplateFault[];
  /** Names of the message's variables that the layout reads. */
  readonly variables: string[];
}

const engine = createHtmlEngine();

/**
 * Looks for mistakes in a layout: its Liquid, and whether it prints `{{ content }}`, without filters and once.
 * @param pointer where the layout stands in what is checked
 */
export function checkLayout(source: string, pointer = '/html'): LayoutCheck {
  const mistakes = sourceFaults(source, pointer);
  if (mistakes.length > 0) return { faults: mistakes, variables: [] };
  const uses = contentUses(engine.parse(source));
  const variables = checkSource(source).variables.filter((name) => !GIVEN.includes(name));
  return { faults: useFaults(uses, pointer), variables };
}

interface Uses {
  readonly printed: number;
  readonly read: number;
}

function useFaults({ printed, read }: Uses, pointer: string): TemplateFault[] {
  if (printed === 0) {
    const message = 'The layout does not print {{ content }}, which is where the body goes; filters do not go with it.';
    return [{ pointer, code: 'layout_without_content', message }];
  }
  if (read === 1) return [];
  const message = `The layout uses "content" ${read} times; print it once and use it nowhere else.`;
  return [{ pointer, code: 'layout_content_repeated', message }];
}

function contentUses(templates: readonly Template[]): Uses {
  let [printed, read] = [0, 0];
  for (const template of templates) {
    read += [...namesRead(template)].filter((name) => name === 'content').length;
    if (template instanceof Output && PRINTED.test(template.token.getText())) printed += 1;
    const inside = contentUses(childrenOf(template));
    [printed, read] = [printed + inside.printed, read + inside.read];
  }
  return { printed, read };
}
