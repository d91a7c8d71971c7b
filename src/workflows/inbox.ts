import { CancellationScope, defineSignal, setHandler } from '@temporalio/workflow';
import { CHANNELS, type Channel } from '../domain/channels.ts';
import type { DeliveryEvent } from '../domain/delivery.ts';
import { FAILURE_KINDS, type Failure } from '../domain/failures.ts';
import type { Labels, Plan } from '../domain/plan.ts';
import type { ChannelPolicy, Policy } from '../domain/policy.ts';
import { DELIVERY_STATUSES, PRIORITIES } from '../domain/statuses.ts';
import {
  type AcknowledgeSignal,
  type OperatorSignal,
  type PlanChangedSignal,
  type ReceiptSignal,
  SIGNALS,
  type SwitchChannelSignal,
} from './contract.ts';

/** Something that happened, and who brought it about. */
export interface Arrival {
  readonly event: DeliveryEvent;
  readonly actor: string;
  /** Takes the place of the policy so far. */
  readonly policy?: Policy;
  /** Take the place of the labels so far. */
  readonly labels?: Labels;
}

/** A signal sent by hand may carry nothing, or anything. */
type ByHand<Signal> = { readonly [Name in keyof Signal]?: unknown } | null | undefined;

/** Takes a message's signals; they wait here, so that none is lost while a provider is being called. */
export function openInbox(): Arrival[] {
  const inbox: Arrival[] = [];
  const byOperator = (event: DeliveryEvent, signal: ByHand<OperatorSignal>) => {
    const actor = typeof signal?.actor === 'string' ? signal.actor : 'temporal-ui';
    inbox.push({ event, actor });
  };
  onSignal<OperatorSignal>(SIGNALS.retry, (signal) => byOperator({ type: 'retry' }, signal));
  onSignal<OperatorSignal>(SIGNALS.cancel, (signal) => byOperator({ type: 'cancel' }, signal));
  onSignal<OperatorSignal>(SIGNALS.resolve, (signal) => byOperator({ type: 'resolve' }, signal));
  onSignal<OperatorSignal>(SIGNALS.recordAgain, (signal) => byOperator({ type: 'record_again' }, signal));
  onSignal<SwitchChannelSignal>(SIGNALS.switchChannel, (signal) => {
    const channel = CHANNELS.find((known) => known === signal?.channel) ?? null;
    byOperator({ type: 'switch_channel', channel }, signal);
  });
  onSignal<AcknowledgeSignal>(SIGNALS.acknowledge, (signal) => {
    const channel = CHANNELS.find((known) => known === signal?.channel) ?? null;
    byOperator({ type: 'acknowledge', channel }, signal);
  });
  onSignal<ReceiptSignal>(SIGNALS.receipt, (signal) => {
    if (!isReceipt(signal)) return;
    const { status, channel, failure } = signal;
    const reason = isFailure(failure) ? { failure, random: Math.random() } : {};
    inbox.push({ event: { type: 'receipt', status, channel, ...reason }, actor: 'provider' });
  });
  onSignal<PlanChangedSignal>(SIGNALS.planChanged, (signal) => {
    if (!isPlanChange(signal)) return;
    const { plan, policy, labels } = signal;
    const more = { ...(isPolicy(policy) && { policy }), ...(isLabels(labels) && { labels }) };
    inbox.push({ event: { type: 'plan_changed', plan }, actor: 'sender', ...more });
  });
  // "Request cancellation" in the Temporal UI is a cancel like any other, so that the message's record says so too.
  CancellationScope.current().cancelRequested.catch(() => byOperator({ type: 'cancel' }, null));
  return inbox;
}

// A handler that throws would stop the workflow for good, so nothing here may rely on what a signal carries.
function onSignal<Signal>(name: string, handle: (signal: ByHand<Signal>) => void): void {
  setHandler(defineSignal<[ByHand<Signal>]>(name), handle);
}

function isReceipt(signal: ByHand<ReceiptSignal>): signal is ReceiptSignal {
  const isKnown = DELIVERY_STATUSES.some((status) => status === signal?.status);
  return isKnown && CHANNELS.some((channel) => channel === signal?.channel);
}

function isFailure(failure: unknown): failure is Failure {
  const { kind, code } = (failure ?? {}) as { [Name in keyof Failure]?: unknown };
  return typeof code === 'string' && FAILURE_KINDS.some((known) => known === kind);
}

function isPolicy(policy: unknown): policy is Policy {
  const { channels, operatorWindowSeconds } = (policy ?? {}) as { [Name in keyof Policy]?: unknown };
  const isPatience = (one: unknown) => Array.isArray((one as ChannelPolicy | undefined)?.retryDelaysSeconds);
  const byChannel = (channels ?? {}) as { [Name in Channel]?: unknown };
  return typeof operatorWindowSeconds === 'number' && CHANNELS.every((channel) => isPatience(byChannel[channel]));
}

function isLabels(labels: unknown): labels is Labels {
  const { templateName, priority } = (labels ?? {}) as { [Name in keyof Labels]?: unknown };
  const isName = templateName === null || typeof templateName === 'string';
  return isName && PRIORITIES.some((known) => known === priority);
}

function isPlanChange(signal: ByHand<PlanChangedSignal>): signal is PlanChangedSignal {
  const plan = signal?.plan as Partial<Plan> | null | undefined;
  return typeof plan?.revision === 'number' && Array.isArray(plan.channels) && plan.channels.length > 0;
}
