import type { FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { type Fault, ServiceError } from '../service/service-error.ts';
import { INVALID_REQUEST } from './problem.ts';
import { schemaFaults } from './schema-faults.ts';
import { type SoundPart, soundPart } from './sound-part.ts';

/**
 * For routes with `attachValidation`: refuses a body that is not as described, with all that is wrong with it. What is as
 * described is looked at all the same, so that a fault of shape in one field hides no fault of meaning in another.
 * @param look what is wrong with a body from which the unusable values have been left out
 * @throws {ServiceError} invalid, if the body is not as described
 */
export async function refuseUnsound<Body extends object>(
  request: FastifyRequest,
  look: (sound: Partial<Body>) => Promise<readonly Fault[]>,
): Promise<void> {
  const error = request.validationError;
  if (error === undefined) return;
  if (error.validationContext !== 'body') throw error;
  const unsound = readUnsound(request.body, schemaFaults(error.validation), request.getValidationFunction('body'));
  throw unsound.refusal(unsound.part === null ? [] : await look(unsound.part.value as Partial<Body>));
}

/** A body that is not as described, and what can still be looked at. */
export interface Unsound {
  readonly part: SoundPart | null;
  /** @param found what is wrong with the part */
  refusal(found: readonly Fault[]): ServiceError;
}

/**
 * @param shape what is not as described
 * @param validate holds a body against its description
 */
export function readUnsound(body: unknown, shape: readonly Fault[], validate: Validate | undefined): Unsound {
  const part = validate === undefined ? null : wellFormedPart(body, shape, validate);
  return {
    part,
    refusal(found) {
      const placed = found.map((fault) => ({ ...fault, pointer: part?.placed(fault.pointer) ?? fault.pointer }));
      const faults = [...shape, ...placed.filter((fault) => !followsFrom(shape, fault))];
      return new ServiceError('invalid', 'invalid_request', INVALID_REQUEST, faults);
    },
  };
}

interface Validate {
  (body: never): unknown;
  errors?: readonly FastifySchemaValidationError[] | null;
}

/** An object whose field had to be left out may lack it now; then it is left out as a whole, and so on outwards. */
function wellFormedPart(body: unknown, shape: readonly Fault[], validate: Validate): SoundPart | null {
  const faults = [...shape];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const part = soundPart(body, faults);
    if (part === null) return null;
    validate(part.value as never);
    const lacking = schemaFaults(validate.errors ?? []).filter(({ pointer }) => pointer.lastIndexOf('/') > 0);
    if (lacking.length === 0) return part;
    faults.push(...lacking.map((fault) => ({ ...fault, pointer: part.placed(fault.pointer) })));
  }
  return null;
}

/** No description is nested more deeply than this. */
const MAX_ROUNDS = 10;

/** Fields that decide whether there is such a fault, besides the one that it names. */
const DECIDING: Readonly<Record<string, readonly string[]>> = {
  acknowledgement_not_asked: ['/until'],
  content_empty: ['/channel', '/html'],
  content_or_template: ['/content', '/template_id'],
  content_too_long: ['/channel', '/fallback_channels', '/interactive'],
  duplicate_channel: ['/channel'],
  duplicate_opt_out: ['/opt_outs'],
  expires_before_sending: ['/send_at'],
  no_address: ['/recipient', '/channel'],
  not_for_channel: ['/channel', '/fallback_channels'],
  opted_out: ['/recipient', '/channel'],
  rounds_without_acknowledgement: ['/until'],
  template_variant_missing: ['/channel'],
  undeclared_variable: ['/template_id'],
};

/** Whether something may be wrong only because a value has been left out. */
function followsFrom(shape: readonly Fault[], { pointer, code }: Fault): boolean {
  const deciding = [...(DECIDING[code] ?? []), ...(pointer === '/channel' ? ['/recipient', '/fallback_channels'] : [])];
  return shape.some(
    (fault) =>
      isWithin(fault.pointer, pointer) ||
      isWithin(pointer, fault.pointer) ||
      deciding.some((field) => isWithin(fault.pointer, field)),
  );
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
