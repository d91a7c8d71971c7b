import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { Figures } from './figures.ts';
import type { FloorReport } from './floor-worker.ts';
import { FLOOR_TASK_QUEUE } from './floor-workflow.ts';
import { applyLoad, type Load } from './load.ts';

export interface Floor {
  /** Runs bare workflows at a load; the times are from the start to the activity. */
  run(load: Load): Promise<Figures>;
  stop(): Promise<void>;
}

const WORKER = fileURLToPath(new URL('floor-worker.ts', import.meta.url));

/** @param concurrency calls in flight, as a channel of the service has them */
export async function startFloor(address: string, concurrency: number): Promise<Floor> {
  const worker = fork(WORKER, [address, String(concurrency)]);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  await waitFor(worker, (report) => report.type === 'ready');
  return {
    run: (load) => runRound(client, worker, load),
    async stop() {
      await connection.close();
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      worker.disconnect();
      await once(worker, 'exit');
    },
  };
}

async function runRound(client: Client, worker: ChildProcess, load: Load): Promise<Figures> {
  const called = new Map<string, number>();
  let [done, end] = [0, 0];
  const allDone = waitFor(worker, (report) => {
    if (report.type === 'called') called.set(report.id, report.at);
    if (report.type === 'done') {
      done += 1;
      end = Math.max(end, report.at);
    }
    return done === load.count;
  });
  const begin = Date.now();
  const started = await applyLoad(load, async () => {
    const [id, at] = [`floor-${randomUUID()}`, Date.now()];
    await client.workflow.start('floor', { workflowId: id, taskQueue: FLOOR_TASK_QUEUE });
    return { id, at };
  });
  await allDone;
  return {
    perSecond: [(load.count * 1000) / (end - begin)],
    milliseconds: started.map(({ id, at }) => (called.get(id) ?? Number.NaN) - at),
  };
}

/** @throws {Error} when the worker ends before that */
function waitFor(worker: ChildProcess, isMet: (report: FloorReport) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The worker of the floor ended too early.'));
    const onMessage = (report: FloorReport) => {
      if (!isMet(report)) return;
      worker.off('message', onMessage).off('exit', onExit);
      resolve();
    };
    worker.on('message', onMessage).once('exit', onExit);
  });
}
