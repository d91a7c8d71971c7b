import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll } from 'vitest';
import type {
  ChannelActivities,
  LocalActivities,
  RecordInput,
  RenderInput,
  RenderResult,
  SendResult,
} from '../../src/activities/contract.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { FailureKind } from '../../src/domain/failures.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { createGateway, type Gateway, type MessageSignal } from '../../src/temporal/gateway.ts';
import { createWorkers, type MessageWorkers } from '../../src/temporal/worker.ts';
import {
  type DeliverMessageInput,
  type DeliverMessageResult,
  MAINTENANCE_TASK_QUEUE,
  messageWorkflowId,
  type SCHEDULED_WORKFLOWS,
} from '../../src/workflows/contract.ts';
import { POLICY } from '../domain/deliveries.ts';
import { idleMaintenance } from '../support/idle-maintenance.ts';
import { addressOf, bundledWorkflows, startTimeSkipping } from '../support/temporal.ts';
import { maintenanceInTwoCalls } from './maintenance-in-two-calls.ts';
import { type ScriptedStep, StagedBulkAction } from './staged-bulk-action.ts';

/** What happened around a message's workflow, in order; `at` is the server's time in milliseconds. */
export type Call =
  | { readonly activity: 'render'; readonly at: number; readonly input: RenderInput }
  | { readonly activity: 'send'; readonly at: number; readonly channel: Channel; readonly attemptId: string }
  | { readonly activity: 'record'; readonly at: number; readonly input: RecordInput };

/** What the activities of one message answer, one after the other; by default everything goes well. */
export interface Script {
  readonly renders?: (RenderResult | null)[];
  readonly sends?: (SendResult | (() => Promise<SendResult>))[];
  readonly policy?: Policy;
  readonly past?: DeliverMessageInput['past'];
}

/** How far time is let go at once: short of the limits of a workflow, after which a test server would leap on for years. */
const LEAP = '12 hours';

export const ACCEPTED: SendResult = { outcome: 'accepted' };

export function failing(kind: FailureKind, retryAfterSeconds?: number): SendResult {
  const failure = { kind, code: `code_${kind}`, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  return { outcome: 'failed', failure };
}

/** A call to a provider that lasts until the test ends it. */
export class HeldCall {
  readonly #begun = Promise.withResolvers<void>();
  readonly #result = Promise.withResolvers<SendResult>();
  /** Settles when the provider has been called. */
  readonly begun = this.#begun.promise;

  readonly send = (): Promise<SendResult> => {
    this.#begun.resolve();
    return this.#result.promise;
  };

  end(result: SendResult): void {
    this.#result.resolve(result);
  }
}

/** A message whose workflow is real, while what surrounds it follows a script. */
export class StagedMessage {
  readonly calls: Call[] = [];
  readonly id: string;
  readonly #script: Script;
  readonly #stage: RunningStage;
  readonly #input: DeliverMessageInput;
  #watchers: { isIt: (call: Call) => boolean; resolve: (call: Call) => void }[] = [];

  constructor(stage: RunningStage, plan: Plan, script: Script) {
    this.id = randomUUID();
    this.#stage = stage;
    this.#script = script;
    this.#input = { messageId: this.id, plan, policy: script.policy ?? POLICY, past: script.past ?? null };
  }

  get handle(): WorkflowHandle {
    return this.#stage.client.workflow.getHandle(messageWorkflowId(this.id));
  }

  /** The policy that its workflow is started with. */
  get policy(): Policy {
    return this.#input.policy;
  }

  async start(): Promise<void> {
    await this.#stage.gateway.start(this.#input, { templateName: 'welcome', priority: 'normal' });
  }

  /** Signals as the service does, which wakes a message whose workflow has ended. */
  async signal(signal: MessageSignal, past = this.#input.past): Promise<void> {
    await this.#stage.gateway.signal(signal, { ...this.#input, past }, { templateName: 'welcome', priority: 'normal' });
  }

  async retry(): Promise<void> {
    await this.signal({ name: 'retry', argument: { actor: 'key:test' } });
  }

  async cancel(): Promise<void> {
    await this.signal({ name: 'cancel', argument: { actor: 'key:test' } });
  }

  async switchTo(channel: Channel): Promise<void> {
    await this.signal({ name: 'switchChannel', argument: { actor: 'key:test', channel } });
  }

  /** Lets time pass, in leaps, until the workflow has ended. */
  async result(): Promise<DeliverMessageResult> {
    let hasEnded = false;
    const result = this.handle.result().finally(() => {
      hasEnded = true;
    });
    while (!hasEnded) await Promise.all([this.#stage.environment.sleep(LEAP), setImmediate()]);
    return await result;
  }

  /** When the workflow ended, in milliseconds of the server's time. */
  async endedAt(): Promise<number> {
    const { closeTime } = await this.handle.describe();
    if (closeTime === undefined) throw new Error('the workflow has not ended');
    return closeTime.getTime();
  }

  /** Settles when a step has been recorded after which the message waits for this. */
  async waitingFor(what: RecordInput['waitingFor']): Promise<RecordInput> {
    const call = await this.#call((made) => made.activity === 'record' && made.input.waitingFor === what);
    return (call as Call & { activity: 'record' }).input;
  }

  /** The step of the timeline that was recorded last under this name. */
  recorded(type: string): Call & { activity: 'record' } {
    const step = this.calls.findLast((call) => call.activity === 'record' && call.input.event.type === type);
    if (step?.activity !== 'record') throw new Error(`nothing was recorded as ${type}`);
    return step;
  }

  /** What an operator reads on the workflow's page. */
  async currentDetails(): Promise<string> {
    const metadata = await this.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails;
  }

  async render(input: RenderInput): Promise<RenderResult> {
    const scripted = this.#script.renders?.shift() ?? null;
    await this.#keep((at) => ({ activity: 'render', at, input }));
    return scripted ?? { do: 'send', attemptId: `${this.id}/${input.channel}/${this.calls.length}` };
  }

  async send(channel: Channel, attemptId: string): Promise<SendResult> {
    const scripted = this.#script.sends?.shift() ?? ACCEPTED;
    await this.#keep((at) => ({ activity: 'send', at, channel, attemptId }));
    return typeof scripted === 'function' ? await scripted() : scripted;
  }

  async record(input: RecordInput): Promise<void> {
    await this.#keep((at) => ({ activity: 'record', at, input }));
  }

  /** The names of the activities that ran, in order. */
  get steps(): string[] {
    return this.calls.map((call) => call.activity);
  }

  /** The ids of the attempts that a provider was called for, in order. */
  get attemptIds(): string[] {
    return this.calls.flatMap((call) => (call.activity === 'send' ? [call.attemptId] : []));
  }

  /** The channels that were attempted, in order. */
  get channels(): Channel[] {
    return this.calls.flatMap((call) => (call.activity === 'send' ? [call.channel] : []));
  }

  /** The timeline that was recorded, as `type` or `type: detail`. */
  get timeline(): string[] {
    const events = this.calls.flatMap((call) => (call.activity === 'record' ? [call.input.event] : []));
    return events.map(({ type, detail }) => (detail === null ? type : `${type}: ${detail}`));
  }

  /** Seconds of the server's time between one attempt and the next. */
  get pauses(): number[] {
    const times = this.calls.flatMap((call) => (call.activity === 'send' ? [call.at] : []));
    return times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
  }

  async #call(isIt: (call: Call) => boolean): Promise<Call> {
    const made = this.calls.findLast(isIt);
    if (made !== undefined && made === this.calls.at(-1)) return made;
    return await new Promise((resolve) => this.#watchers.push({ isIt, resolve }));
  }

  async #keep(make: (at: number) => Call): Promise<void> {
    const call = make(await this.#stage.environment.currentTimeMs());
    this.calls.push(call);
    for (const watcher of this.#watchers.filter(({ isIt }) => isIt(call))) watcher.resolve(call);
    this.#watchers = this.#watchers.filter(({ isIt }) => !isIt(call));
  }
}

interface RunningStage {
  readonly environment: TestWorkflowEnvironment;
  /** Unlike the environment's own, it leaves the server's clock alone. */
  readonly client: Client;
  readonly gateway: Gateway;
}

export interface Stage {
  /** Starts a message's workflow. */
  start(plan: Plan, script?: Script): Promise<StagedMessage>;
  /** A message whose workflow is started by its first signal. */
  prepare(plan: Plan, script?: Script): StagedMessage;
  /** Starts a bulk action's workflow. */
  startBulkAction(steps: readonly ScriptedStep[]): Promise<StagedBulkAction>;
  /** Starts one once more, as the sweep may do. */
  startBulkActionAgain(action: StagedBulkAction): Promise<void>;
  /** Starts a workflow as its schedule does; what there is to do takes it two calls. */
  startScheduled(workflow: (typeof SCHEDULED_WORKFLOWS)[number]): Promise<Pick<StagedMessage, 'handle' | 'result'>>;
  /** The server's time in milliseconds. */
  now(): Promise<number>;
  /** The server's time that many seconds from now, as plans have it. */
  inSeconds(seconds: number): Promise<string>;
}

/** A time-skipping server, with the real workers and the real gateway, for the tests of one file. */
export function useStage(): Stage {
  const messages = new Map<string, StagedMessage>();
  const bulkActions = new Map<string, StagedBulkAction>();
  const closing = Promise.withResolvers<SendResult>();
  let running: RunningStage | undefined;
  let workers: MessageWorkers | undefined;
  let run: Promise<void> | undefined;

  beforeAll(async () => {
    const environment = await startTimeSkipping();
    const temporal = addressOf(environment);
    const client = new Client({ connection: environment.connection });
    running = { environment, client, gateway: createGateway(temporal) };
    workers = await createWorkers({
      temporal,
      activities: {
        ...activitiesOf(messages, closing.promise),
        ...idleMaintenance,
        ...maintenanceInTwoCalls(),
        runBulkAction: ({ bulkActionId }) => findIn(bulkActions, bulkActionId).step(),
        stopBulkAction: ({ bulkActionId }) => findIn(bulkActions, bulkActionId).stop(),
      },
      concurrency: { whatsapp: 10, email: 10, sms: 10 },
      log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
      workflowBundle: await bundledWorkflows(),
    });
    run = workers.run();
  });

  afterAll(async () => {
    // A call that a failed test left open would keep the workers, and so the server, from stopping.
    closing.resolve(ACCEPTED);
    workers?.shutdown();
    await run;
    await running?.gateway.close();
    await running?.environment.teardown();
  });

  function stage(): RunningStage {
    if (running === undefined) throw new Error('the stage is set up before the first test');
    return running;
  }

  function prepare(plan: Plan, script: Script = {}): StagedMessage {
    const message = new StagedMessage(stage(), plan, script);
    messages.set(message.id, message);
    return message;
  }

  return {
    prepare,
    async startBulkAction(steps) {
      const action = new StagedBulkAction(stage().client, steps);
      bulkActions.set(action.id, action);
      await action.start(stage().gateway);
      return action;
    },
    async startBulkActionAgain(action) {
      await action.start(stage().gateway);
    },
    async startScheduled(workflow) {
      const options = { workflowId: `${workflow}-${randomUUID()}`, taskQueue: MAINTENANCE_TASK_QUEUE };
      const handle = await stage().client.workflow.start(workflow, options);
      return { handle, result: () => handle.result() };
    },
    async now() {
      return await stage().environment.currentTimeMs();
    },
    async inSeconds(seconds) {
      return new Date((await stage().environment.currentTimeMs()) + seconds * 1000).toISOString();
    },
    async start(plan, script) {
      const message = prepare(plan, script);
      await message.start();
      return message;
    },
  };
}

function activitiesOf(
  messages: ReadonlyMap<string, StagedMessage>,
  closing: Promise<SendResult>,
): LocalActivities & ChannelActivities {
  return {
    render: (input) => findIn(messages, input.messageId).render(input),
    record: (input) => findIn(messages, input.messageId).record(input),
    async send({ attemptId }) {
      const [id = '', channel] = attemptId.split('/');
      return await Promise.race([findIn(messages, id).send(channel as Channel, attemptId), closing]);
    },
  };
}

function findIn<Staged>(staged: ReadonlyMap<string, Staged>, id: string): Staged {
  const found = staged.get(id);
  if (found === undefined) throw new Error(`nothing with the id ${id} in this test file`);
  return found;
}
