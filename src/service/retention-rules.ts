import { DEFAULT_RETENTION, type RetentionDays } from '../domain/retention.ts';
import type { MessageInput } from './message-input.ts';
import type { PlannedContent } from './plan-content.ts';
import type { Fault } from './service-error.ts';

/** What is wrong with the class that a message or a template names; null names none. */
export function retentionFaults(days: RetentionDays, retention: string | null): Fault[] {
  if (retention === null || Object.hasOwn(days, retention)) return [];
  const message = `There is no retention class of this name; there are ${Object.keys(days).join(', ')}.`;
  return [{ pointer: '/retention', code: 'unknown_retention', message }];
}

/** The class of a message: its own, else that of the template of its first channel. */
export function retentionOf({ retention, channel }: MessageInput, { variants }: PlannedContent): string {
  return retention ?? variants.get(channel)?.retention ?? DEFAULT_RETENTION;
}
