import { setImmediate } from 'node:timers/promises';
import type { FastifySchemaCompiler } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { BatchInput } from '../service/accept-batch.ts';
import { type Fault, ServiceError } from '../service/service-error.ts';
import { readUnsound } from './every-fault.ts';
import { valueFault } from './json-body.ts';
import { toMessageInput, toSoundMessage } from './message-json.ts';
import { NewMessage } from './message-schemas.ts';
import { schemaFaults } from './schema-faults.ts';
import type { SizedSchema } from './size-limits.ts';
import { type Check, compileBounded, createValidator } from './validation.ts';

/** Items that are read before other requests get their turn. */
const ITEMS_PER_TURN = 50;

/** Messages of one batch. */
const MAX_BATCH = 1_000;

const size = { minItems: 1, maxItems: MAX_BATCH };
const closed = { additionalProperties: false };

/** A batch as it is described: each item is the body of a POST of one message. */
export const NewBatch = Type.Union(
  [Type.Object({ messages: Type.Array(NewMessage, size) }, closed), Type.Array(NewMessage, size)],
  { title: 'NewBatch' },
);

/** A batch as it is checked as a whole; each item is checked for itself, so that a bad one stops no other. */
const items = Type.Array(Type.Unknown(), size);
const wrapped = Type.Object({ messages: items }, closed);

/** Checks the frame of a batch. */
export const checkFrame: FastifySchemaCompiler<TSchema> = () => {
  const validator = createValidator(false);
  const [bare, whole] = [
    compileBounded(validator, items as SizedSchema),
    compileBounded(validator, wrapped as SizedSchema),
  ];
  const check: Check = (body) => {
    const validate = Array.isArray(body) ? bare : whole;
    const isValid = validate(body);
    check.errors = validate.errors;
    return isValid;
  };
  check.errors = null;
  return check;
};

/**
 * Reads the items of a batch whose frame has been checked.
 * @returns for each a message, or why it is none, as a POST of it would say
 * @throws {ServiceError} invalid, where an item is nested so deeply that the request cannot be kept at all
 */
export async function readBatch(body: unknown): Promise<BatchInput[]> {
  const [messages, pointer] = Array.isArray(body)
    ? [body as unknown[], '']
    : [(body as { messages: unknown[] }).messages, '/messages'];
  const requests: BatchInput[] = [];
  for (const [index, item] of messages.entries()) {
    if (index % ITEMS_PER_TURN === 0) await setImmediate();
    requests.push(readItem(item, `${pointer}/${index}`));
  }
  return requests;
}

function readItem(item: unknown, pointer: string): BatchInput {
  const fault = valueFault(item);
  if (fault?.code === 'nested_too_deeply') {
    const placed = { ...fault, pointer: `${pointer}${fault.pointer}` };
    throw new ServiceError('invalid', 'invalid_request', fault.message, [placed]);
  }
  if (fault !== null) return new ServiceError('invalid', 'invalid_request', fault.message, [fault]);
  if (isMessage(item)) return toMessageInput(item as Static<typeof NewMessage>);
  return unsoundMessage(item, schemaFaults(isMessage.errors ?? []));
}

function unsoundMessage(item: unknown, shape: readonly Fault[]): BatchInput {
  const { part, refusal } = readUnsound(item, shape, isMessage);
  return part === null ? refusal([]) : { sound: toSoundMessage(part.value), refusal };
}

const isMessage = compileBounded(createValidator(false), NewMessage as SizedSchema);
