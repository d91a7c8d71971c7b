import type { OptOut } from '../domain/opt-outs.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import type { TrackingMode } from '../domain/sending-rules.ts';
import type { ActivityDependencies } from './dependencies.ts';

export interface LinkedEmail {
  readonly content: RenderedContent;
  readonly unsubscribeUrl: string | null;
}

/** Puts the links of ours into an email: tracking where it is wanted and the person has not refused it, unsubscribing. */
export function addEmailLinks(
  _dependencies: Pick<ActivityDependencies, 'rules' | 'links'>,
  email: {
    readonly attemptId: string;
    readonly content: RenderedContent;
    readonly category: string;
    readonly optOuts: readonly OptOut[];
    /** Null where the configuration decides. */
    readonly tracking: TrackingMode | null;
  },
): LinkedEmail {
  return { content: email.content, unsubscribeUrl: null };
}
