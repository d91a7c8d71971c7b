import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import type { VersioningBehavior } from '@temporalio/common';
import { connectionOptions, type TemporalAddress } from './connect.ts';

/** The name under which Temporal knows the versions of our workers. */
export const DEPLOYMENT = 'keryu-messaging';

/** A build could not be made current; the message says why in Temporal's words. */
export class PromotionRefused extends Error {
  override readonly name = 'PromotionRefused';
}

/** `NOT_FOUND` and `FAILED_PRECONDITION` of gRPC: https://grpc.io/docs/guides/status-codes/ */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/** Temporal learns of a version, and of each of its task queues, when a worker first asks for tasks. */
const PROMOTION_LIMIT_MS = 60_000;
const PAUSE_MS = 500;

/**
 * What makes a worker a versioned one; nothing for a null build id, as in development.
 * @param behavior of workflows that start on it: PINNED ones stay with the build that they began with, AUTO_UPGRADE ones
 * go on with the current build: https://docs.temporal.io/production-deployment/worker-deployments/worker-versioning
 */
export function versionOptions(buildId: string | null, behavior: VersioningBehavior) {
  if (buildId === null) return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true as const,
      version: { deploymentName: DEPLOYMENT, buildId },
      defaultVersioningBehavior: behavior,
    },
  };
}

/**
 * The build that new workflows start on; null where that is the workers without a build id.
 * @throws where Temporal cannot be reached
 */
export async function currentBuild(address: TemporalAddress): Promise<string | null> {
  return await withConnection(address, (connection) => readCurrent(connection, address.namespace));
}

/**
 * Makes a build the one that new workflows start on, as soon as its workers ask for tasks of every queue in use; null
 * stands for the workers without a build id. Does nothing where it is the current one already.
 * @throws {PromotionRefused} when Temporal does not take it within a minute, as for a build that no worker has
 */
export async function makeCurrent(
  address: TemporalAddress,
  buildId: string | null,
  limitMs = PROMOTION_LIMIT_MS,
): Promise<void> {
  const { namespace } = address;
  await withConnection(address, async (connection) => {
    const deadline = Date.now() + limitMs;
    while ((await readCurrent(connection, namespace)) !== buildId) {
      const refusal = await setCurrent(connection, namespace, buildId);
      if (refusal === null) return;
      if (Date.now() >= deadline) throw refusal;
      await sleep(PAUSE_MS);
    }
  });
}

async function withConnection<Result>(address: TemporalAddress, run: (connection: Connection) => Promise<Result>) {
  const connection = await Connection.connect(connectionOptions(address));
  try {
    return await run(connection);
  } finally {
    await connection.close();
  }
}

async function readCurrent({ workflowService }: Connection, namespace: string): Promise<string | null> {
  try {
    const answer = await workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
    return answer.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) return null;
    throw error;
  }
}

/** Null when Temporal has taken it. */
async function setCurrent(connection: Connection, namespace: string, buildId: string | null) {
  try {
    await connection.workflowService.setWorkerDeploymentCurrentVersion({
      ...{ namespace, deploymentName: DEPLOYMENT },
      // Temporal's word for the workers without a build id.
      buildId: buildId ?? '',
    });
    return null;
  } catch (error) {
    if (!isGrpcServiceError(error) || ![NOT_FOUND, FAILED_PRECONDITION].includes(error.code)) throw error;
    return new PromotionRefused(
      `Temporal does not make ${buildId ?? 'the unversioned workers'} current: ${error.details}`,
      {
        cause: error,
      },
    );
  }
}
