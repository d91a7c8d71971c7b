import PQueue from 'p-queue';
import { recordFailed } from '../db/attempts.ts';
import type { Database } from '../db/database.ts';
import { type DispatchRow, findForDispatch } from '../db/dispatch.ts';
import { planOfRow } from '../db/plan-of-row.ts';
import { findStandings, findSuspect, listOpenMessages, type StandingRow, type SuspectRow } from '../db/reconcile.ts';
import type { Past } from '../domain/begin-delivery.ts';
import type { Failure } from '../domain/failures.ts';
import type { Policy } from '../domain/policy.ts';
import { type Discrepancy, findMidway, isSameStanding } from '../domain/reconcile.ts';
import { sentenceFor } from '../domain/sentences.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { RunningWorkflows, WorkflowState, WorkflowStates } from '../temporal/workflow-states.ts';
import { type SignalContext, signalling } from './signal-message.ts';
import { planChangedSignal, workflowInput, workflowLabels } from './workflow-input.ts';

/** Where one look through all messages has got to: the rows that have not ended first, then Temporal's workflows. */
export interface ReconcileCursor {
  readonly source: 'rows' | 'workflows';
  /** Where the next page begins; null for the first one. */
  readonly after: string | null;
}

export interface ReconcilerContext extends SignalContext {
  readonly workflows: WorkflowStates;
  readonly telemetry: Telemetry;
}

/** Rows of one page. */
const PAGE_SIZE = 200;
/** Messages healed at a time; each holds a database connection meanwhile. */
const MAX_HEALING = 4;
/** After so many that could not be healed a page is given up, and tried again later. */
const MAX_FAILURES = 3;
/** How long a message must not have changed to be looked at: by then its workflow has said the same, in seconds. */
const QUIET_SECONDS = 90;
/** A call to a provider that has gone on for so long has ended, with its worker if not by itself, in seconds. */
const LONGEST_CALL_SECONDS = 360;

const ACTOR = 'reconciler';

/**
 * Compares a page of messages with their workflows and heals those that differ: lost workflows are started again from
 * the database, and running ones write again where their messages stand.
 * @throws where Temporal or the database does not answer
 */
export async function reconcilePage(
  context: ReconcilerContext,
  cursor: ReconcileCursor,
): Promise<{ healed: number; next: ReconcileCursor | null }> {
  const { db, workflows } = context;
  if (cursor.source === 'rows') {
    const rows = await listOpenMessages(db, { after: cursor.after, quietSeconds: QUIET_SECONDS }, PAGE_SIZE);
    const running = await workflows.findRunning(rows.map(({ id }) => id));
    const healed = await healAll(context, suspectsOf(rows, running));
    const isLast = rows.length < PAGE_SIZE;
    return {
      healed,
      next: isLast ? { source: 'workflows', after: null } : { ...cursor, after: rows.at(-1)?.id ?? null },
    };
  }
  const { running, next } = await workflows.listRunning(cursor.after);
  const rows = await findStandings(db, [...running.keys()], QUIET_SECONDS);
  const healed = await healAll(context, suspectsOf(rows, running));
  return { healed, next: next === null ? null : { ...cursor, after: next } };
}

function suspectsOf(rows: readonly StandingRow[], running: RunningWorkflows): string[] {
  const isSuspect = (row: StandingRow) => {
    const standing = running.get(row.id);
    return standing === undefined || (standing !== null && !isSameStanding(row, standing));
  };
  return rows.filter(isSuspect).map(({ id }) => id);
}

/** @throws where several could not be healed, so that a whole page of them does not wait in vain */
async function healAll(context: ReconcilerContext, messageIds: readonly string[]): Promise<number> {
  const queue = new PQueue({ concurrency: MAX_HEALING });
  let healed = 0;
  let failures = 0;
  const tryToHeal = async (messageId: string) => {
    if (failures >= MAX_FAILURES) return;
    try {
      const kind = await heal(context, messageId);
      if (kind === null) return;
      context.telemetry.healed({ messageId, kind });
      healed += 1;
    } catch (error) {
      context.telemetry.stepFailed({ step: 'heal', messageId, error });
      failures += 1;
      if (failures === MAX_FAILURES) throw error;
    }
  };
  const results = await Promise.allSettled(messageIds.map((id) => queue.add(() => tryToHeal(id))));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return healed;
}

/** Looks closely, with the message held so that its workflow cannot record meanwhile; null where all is well. */
async function heal(context: ReconcilerContext, id: string): Promise<Discrepancy | null> {
  return await signalling(context, async (db) => {
    const row = await findForDispatch(db, id);
    const suspect = await findSuspect(db, id, QUIET_SECONDS);
    if (row === undefined || suspect === undefined) return null;
    const state = await context.workflows.describe(id);
    const kind = discrepancyOf(suspect, state);
    if (kind === null || (await isStillCalling(db, suspect, kind))) return null;
    if (kind === 'differs') await tellPlan(context, row);
    const input = workflowInput(row, context.policy);
    const past = pastOf(row, suspect, state, input.policy);
    const signal = { name: 'recordAgain', argument: { actor: ACTOR } } as const;
    await context.gateway.signal(signal, { ...input, past }, workflowLabels(row));
    return kind;
  });
}

function discrepancyOf(suspect: SuspectRow, workflow: WorkflowState): Discrepancy | null {
  switch (workflow.state) {
    case 'running':
      return workflow.standing === null || isSameStanding(suspect, workflow.standing) ? null : 'differs';
    case 'completed':
      return suspect.hasEnded ? null : 'ended';
    case 'failed':
    case 'missing':
      return suspect.hasEnded ? null : workflow.state;
  }
}

/**
 * Settles the attempt that a lost workflow was making: one that had not been called never will be, and one that had is in
 * doubt, so that the provider is asked before it is called again.
 * @returns true where its call may be going on, so that it is too early to do anything
 */
async function isStillCalling(db: Database, { attempts }: SuspectRow, kind: Discrepancy): Promise<boolean> {
  const open = kind === 'differs' ? undefined : attempts.find(({ outcome }) => outcome === null);
  if (open === undefined) return false;
  if (open.calledSecondsAgo !== null && open.calledSecondsAgo < LONGEST_CALL_SECONDS) return true;
  const error =
    open.calledSecondsAgo === null
      ? ({ kind: 'transient', code: 'not_called' } as const)
      : ({ kind: 'uncertain', code: 'interrupted' } as const);
  await recordFailed(db, open.id, { ...error, message: sentenceFor(error.code), retryAfterSeconds: null });
  return false;
}

/** A running workflow may differ because it never heard of a change of the message. */
async function tellPlan({ gateway, policy }: ReconcilerContext, row: DispatchRow): Promise<void> {
  await gateway.signal(planChangedSignal(row, policy), workflowInput(row, policy), workflowLabels(row));
}

/** What a new run of the workflow begins with: the end of the last one, else what the database knows. */
function pastOf(row: DispatchRow, suspect: SuspectRow, state: WorkflowState, policy: Policy): Past {
  const { status, channel, channel_attempts: attempts, is_acknowledged: isAcknowledged } = row;
  const known = { attempts, isAcknowledged };
  if (state.state === 'completed') {
    const { result } = state;
    return { ...known, status: result.status, channel: result.channel, failure: failureOf(result.errorCode) };
  }
  const lost = { ...suspect, status, channel, isAcknowledged, changedAt: suspect.changedAt.getTime() };
  const { standing, midway } = findMidway(lost, planOfRow(row), policy, Date.now());
  return { ...known, ...standing, failure: failureOf(row.error_code), midway };
}

function failureOf(code: string | null): Failure | null {
  return code === null ? null : { kind: 'rejected', code };
}
