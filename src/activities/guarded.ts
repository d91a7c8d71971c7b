import { ApplicationFailure } from '@temporalio/activity';
import type { Telemetry } from '../telemetry/telemetry.ts';

/**
 * Keeps personal data out of Temporal when a step fails unexpectedly: the error of a library may quote an address, so
 * only its kind is passed on. Temporal tries the step again.
 */
export function guarded<Inputs extends [input?: object], Output>(
  step: string,
  telemetry: Telemetry,
  run: (...inputs: Inputs) => Promise<Output>,
): (...inputs: Inputs) => Promise<Output> {
  return async (...inputs) => {
    try {
      return await run(...inputs);
    } catch (error) {
      telemetry.stepFailed({ step, messageId: messageIdOf(inputs[0]), error });
      const type = error instanceof Error ? error.name : 'Error';
      throw ApplicationFailure.create({ message: `${step} failed and will be tried again`, type });
    }
  };
}

function messageIdOf(input: object | undefined): string | null {
  return input !== undefined && 'messageId' in input && typeof input.messageId === 'string' ? input.messageId : null;
}
