import type { RenderedContent } from '../domain/rendered-content.ts';
import { startBudget, type WorkBudget } from '../templates/work-budget.ts';
import { acknowledgePlaceholder } from './acknowledge-faults.ts';
import type { ServiceContext } from './context.ts';
import { emailFaults, inlineWarnings } from './email-faults.ts';
import { droppedWarnings, interactiveFaults, interactiveTextFaults } from './interactive-faults.ts';
import type { AttachmentInput, MessageInput } from './message-input.ts';
import { type Personalisation, type PlannedContent, planContent, templateColumns } from './plan-content.ts';
import { misplacedFaults, misplacedWarnings, planFaults } from './plan-rules.ts';
import { policyFaults } from './policy-rules.ts';
import { type Reach, reachFaults } from './reach.ts';
import type { Fault, Warning } from './service-error.ts';
import { type PlannedText, smsFaults } from './sms-faults.ts';
import type { TemplateReader } from './template-reader.ts';

/** A message of which everything is known but whether it is right. */
export interface MessageToCheck {
  readonly input: Omit<MessageInput, 'recipient' | 'attachments'> & {
    /** Their contents are checked where they are decoded. */
    readonly attachments: readonly Pick<AttachmentInput, 'contentId'>[];
  };
  readonly person: Personalisation;
  /** Null if nothing can be said of it, because the person is not known. */
  readonly reach: Reach | null;
}

export interface CheckedMessage {
  readonly planned: PlannedContent;
  /** What the day's limit of costs is asked about. */
  readonly text: PlannedText;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Warning[];
}

/**
 * The checklist of a message, the same for one that is sent, for each item of a batch, for a preview and for a change: it
 * renders the content for each channel of the plan, and says all that is wrong and all that may surprise.
 * @param budget what checking and rendering may cost; content that costs more is refused
 * @throws {ServiceError} conflict, if its template is inactive
 */
export async function checkMessage(
  { links, policy, rules }: Pick<ServiceContext, 'links' | 'policy' | 'rules'>,
  templates: TemplateReader,
  { input, person, reach }: MessageToCheck,
  budget: WorkBudget = startBudget(),
): Promise<CheckedMessage> {
  const planned = await planContent(templates, input, person, acknowledgePlaceholder(links, input.until), budget);
  const rendered = (channel: 'email' | 'sms' | 'whatsapp'): RenderedContent | null =>
    planned.rendered.get(channel) ?? null;
  const text = { phone: reach?.details.phone ?? null, rendered: rendered('sms') };
  const reached = reachOf(input, reach, planned);
  const texts = smsFaults(rules, input, text);
  const faults = [
    ...planFaults(input),
    ...partFaults(input),
    ...policyFaults(policy, input.policy),
    ...planned.faults,
    ...interactiveTextFaults(input, rendered('whatsapp')),
    ...reached.faults,
    ...texts.faults,
  ];
  const warnings = [
    ...planned.warnings,
    ...misplacedWarnings(input),
    ...inlineWarnings(input, rendered('email')),
    ...droppedWarnings(input, rendered('whatsapp')),
    ...reached.warnings,
    ...texts.warnings,
  ];
  return { planned, text, faults, warnings };
}

/** Where a message has parts that no channel of its plan carries. */
export function misplacedParts(input: MessageToCheck['input']): string[] {
  return partFaults(input).flatMap(({ pointer, code }) => (code === 'not_for_channel' ? [pointer] : []));
}

/** What is wrong with what only some channels carry. */
function partFaults(input: MessageToCheck['input']): Fault[] {
  return [...misplacedFaults(input), ...emailFaults(input), ...interactiveFaults(input)];
}

function reachOf(input: MessageToCheck['input'], reach: Reach | null, planned: PlannedContent) {
  if (reach === null) return { faults: [], warnings: [] };
  return reachFaults(input, reach, templateColumns(planned, input.channel).category);
}
