import type { Channel } from '../domain/channels.ts';
import { DEFAULT_CATEGORY } from '../domain/template-content.ts';
import type { MessageInput, MessageRequest } from './message-input.ts';
import type { Addressee } from './message-recipient.ts';
import { findVariants } from './plan-content.ts';
import { type Reach, whyNotOn } from './reach.ts';
import { type Fault, faultsError } from './service-error.ts';
import type { TemplateReader } from './template-reader.ts';

/**
 * The message with a channel: where its sender names none, the plan is made of the channels that the recipient prefers,
 * in that order, without those that do not reach them or that the template has no variant for.
 * @param others what else is wrong with the message
 * @throws {ServiceError} invalid, where no channel is left
 */
export async function chooseChannels(
  request: MessageRequest,
  addressee: Addressee,
  templates: TemplateReader,
  others: readonly Fault[],
): Promise<MessageInput> {
  const { channel, ...rest } = request;
  if (channel !== null) return { ...rest, channel };
  const refusal = (fault: Fault) => faultsError([fault, ...addressee.faults, ...others]);
  if (addressee.reach === null) throw faultsError([...addressee.faults, ...others]);
  if (request.fallbackChannels.length > 0) throw refusal(UNORDERED);
  const [first, ...fallbackChannels] = await usableChannels(request, addressee, addressee.reach, templates);
  if (first === undefined) throw refusal(NO_CHANNEL);
  return { ...rest, channel: first, fallbackChannels };
}

const UNORDERED: Fault = {
  ...{ pointer: '/channel', code: 'required' },
  message: 'fallback_channels come after a channel; name it, or leave both to what the recipient prefers.',
};

const NO_CHANNEL: Fault = {
  ...{ pointer: '/channel', code: 'required' },
  message: 'Name a channel: the recipient prefers none that reaches them.',
};

async function usableChannels(
  { template }: MessageRequest,
  { preferredChannels }: Addressee,
  reach: Reach,
  templates: TemplateReader,
): Promise<Channel[]> {
  const variants = template === null ? [] : await findVariants(templates, template);
  return preferredChannels.filter((channel) => {
    const variant = variants.find((one) => one.channel === channel);
    if (variants.length > 0 && variant === undefined) return false;
    return whyNotOn(channel, reach, variant?.category ?? DEFAULT_CATEGORY) === null;
  });
}
