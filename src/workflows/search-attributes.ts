import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  type SearchAttributeUpdatePair,
  type TypedSearchAttributes,
} from '@temporalio/common';
import type { Delivery } from '../domain/delivery.ts';
import type { Labels } from '../domain/plan.ts';

/** By these, messages are found in the Temporal UI. All are of type Keyword and none holds personal data. */
const STATUS = defineSearchAttributeKey('MessageStatus', 'KEYWORD');
const CHANNEL = defineSearchAttributeKey('MessageChannel', 'KEYWORD');
const WAITING_FOR = defineSearchAttributeKey('WaitingFor', 'KEYWORD');
const ERROR_CODE = defineSearchAttributeKey('ErrorCode', 'KEYWORD');
const TEMPLATE_NAME = defineSearchAttributeKey('TemplateName', 'KEYWORD');
const PRIORITY = defineSearchAttributeKey('Priority', 'KEYWORD');

export const SEARCH_ATTRIBUTES = [STATUS, CHANNEL, WAITING_FOR, ERROR_CODE, TEMPLATE_NAME, PRIORITY];

/** The attributes that a message's workflow is started with. */
export function initialSearchAttributes(delivery: Delivery, labels: Labels) {
  const pairs: SearchAttributePair[] = [
    { key: STATUS, value: delivery.status },
    { key: CHANNEL, value: delivery.channel },
    { key: PRIORITY, value: labels.priority },
  ];
  if (labels.templateName !== null) pairs.push({ key: TEMPLATE_NAME, value: labels.templateName });
  if (delivery.failure !== null) pairs.push({ key: ERROR_CODE, value: delivery.failure.code });
  if (delivery.next.do === 'wait') pairs.push({ key: WAITING_FOR, value: delivery.next.for });
  return pairs;
}

/** The attributes that differ after a step; empty where an upsert would only cost. */
export function changedSearchAttributes(before: Delivery, after: Delivery): SearchAttributeUpdatePair[] {
  const changes: SearchAttributeUpdatePair[] = [];
  if (before.status !== after.status) changes.push({ key: STATUS, value: after.status });
  if (before.channel !== after.channel) changes.push({ key: CHANNEL, value: after.channel });
  if (waitingFor(before) !== waitingFor(after)) changes.push({ key: WAITING_FOR, value: waitingFor(after) });
  const code = after.failure?.code ?? null;
  if ((before.failure?.code ?? null) !== code) changes.push({ key: ERROR_CODE, value: code });
  return changes;
}

/** The attributes that differ after a change by the sender. */
export function changedLabels(
  known: Pick<TypedSearchAttributes, 'get'>,
  { templateName, priority }: Labels,
): SearchAttributeUpdatePair[] {
  const changes: SearchAttributeUpdatePair[] = [];
  if (known.get(PRIORITY) !== priority) changes.push({ key: PRIORITY, value: priority });
  if ((known.get(TEMPLATE_NAME) ?? null) !== templateName) changes.push({ key: TEMPLATE_NAME, value: templateName });
  return changes;
}

function waitingFor(delivery: Delivery): string | null {
  return delivery.next.do === 'wait' ? delivery.next.for : null;
}
