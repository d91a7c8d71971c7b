import type { Channel } from '../domain/channels.ts';
import { draftMessage } from './accept-message.ts';
import { type ContentPreview, previewContent } from './content-preview.ts';
import type { Caller, ServiceContext } from './context.ts';
import type { MessageRequest } from './message-input.ts';
import type { Warning } from './service-error.ts';

export interface MessagePreview {
  /** The person as the message would see them. */
  readonly recipient: {
    readonly name: string | null;
    readonly locale: string | null;
    readonly timeZone: string | null;
  };
  /** In the order of the plan; `preview` is null where the content does not work on the channel. */
  readonly plan: readonly {
    readonly channel: Channel;
    readonly preview: ContentPreview | null;
    readonly warnings: readonly Warning[];
  }[];
  readonly warnings: readonly Warning[];
}

/**
 * Shows what a message would say on each channel of its plan. Stores and sends nothing.
 * @throws {ServiceError} as accepting the message would
 */
export async function previewMessage(
  context: ServiceContext,
  caller: Caller,
  request: MessageRequest,
): Promise<MessagePreview> {
  const { input, planned, warnings, details, locale, timeZone } = await draftMessage(context, caller, request);
  const plan = [input.channel, ...input.fallbackChannels].map((channel) => {
    const rendered = planned.rendered.get(channel) ?? null;
    return {
      channel,
      preview: rendered === null ? null : previewContent(context.rules.sms.prices, channel, rendered, details.phone),
      warnings: warnings.filter((warning) => warning.channel === channel),
    };
  });
  return { recipient: { name: details.name, locale, timeZone }, plan, warnings };
}
