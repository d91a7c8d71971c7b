import { type Static, Type } from 'typebox';
import type { Warning } from '../service/service-error.ts';

/** What does not stop a request but may not be meant. */
export const Warnings = Type.Array(
  Type.Object({ pointer: Type.String(), code: Type.String(), message: Type.String() }),
  { description: 'What may not be meant, such as a fallback that cannot be used' },
);

export function warningsJson(warnings: readonly Warning[]): Static<typeof Warnings> {
  return warnings.map(({ pointer, code, message }) => ({ pointer, code, message }));
}
