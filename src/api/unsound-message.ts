import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { draftMessage } from '../service/accept-message.ts';
import type { ServiceContext } from '../service/context.ts';
import { faultsOf } from '../service/service-error.ts';
import { callerOf } from './auth.ts';
import { refuseUnsound } from './every-fault.ts';
import { toSoundMessage } from './message-json.ts';
import type { NewMessage } from './message-schemas.ts';

/**
 * Refuses the body of a message that is not as described, with all that is wrong with it.
 * @throws {ServiceError} invalid
 */
export async function refuseUnsoundMessage(context: ServiceContext, request: FastifyRequest): Promise<void> {
  await refuseUnsound<Static<typeof NewMessage>>(request, async (sound) =>
    faultsOf(() => draftMessage(context, callerOf(request), toSoundMessage(sound))),
  );
}
