import { ApplicationFailure } from '@temporalio/activity';
import type { Telemetry } from '../telemetry/telemetry.ts';

/**
 * Keeps personal data out of Temporal when a step fails unexpectedly: the error of a library may quote an address, so
 * only its kind is passed on. Temporal tries the step again.
 */
export function guarded<Input extends { readonly messageId: string }, Output>(
  step: string,
  telemetry: Telemetry,
  run: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      telemetry.stepFailed({ step, messageId: input.messageId, error });
      const type = error instanceof Error ? error.name : 'Error';
      throw ApplicationFailure.create({ message: `${step} failed and will be tried again`, type });
    }
  };
}
