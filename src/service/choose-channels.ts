import type { Channel } from '../domain/channels.ts';
import { DEFAULT_CATEGORY } from '../domain/template-content.ts';
import type { MessageInput, MessageRequest } from './message-input.ts';
import type { Addressee } from './message-recipient.ts';
import { findVariants } from './plan-content.ts';
import { type Reach, whyNotOn } from './reach.ts';
import type { Fault } from './service-error.ts';
import type { TemplateReader } from './template-reader.ts';

/** A message with a channel. */
export interface ChosenChannels {
  readonly input: MessageInput;
  readonly faults: readonly Fault[];
  /** The channel only stands in, so that all else that is wrong with the message can be told. */
  readonly isGuess: boolean;
}

/**
 * The message with a channel: if its sender names none, the plan is made of the channels that the recipient prefers,
 * in that order, without those that do not reach them or that the template has no variant for.
 */
export async function chooseChannels(
  request: MessageRequest,
  addressee: Addressee,
  templates: TemplateReader,
): Promise<ChosenChannels> {
  const { channel, ...rest } = request;
  if (channel !== null) return { input: { ...rest, channel }, faults: [], isGuess: false };
  const guessed = async (faults: Fault[]): Promise<ChosenChannels> => {
    const input = { ...rest, channel: await likelyChannel(request, templates) };
    return { input, faults, isGuess: true };
  };
  if (addressee.reach === null) return await guessed([]);
  if (request.fallbackChannels.length > 0) return await guessed([UNORDERED]);
  const [first, ...fallbackChannels] = await usableChannels(request, addressee, addressee.reach, templates);
  if (first === undefined) return await guessed([NO_CHANNEL]);
  return { input: { ...rest, channel: first, fallbackChannels }, faults: [], isGuess: false };
}

/** The faults of a message that would be faults on any channel. */
export function withoutChannel(faults: readonly Fault[]): Fault[] {
  return faults.filter(({ pointer, code }) => pointer !== '/channel' && !OF_CHANNEL.has(code));
}

const OF_CHANNEL: ReadonlySet<string> = new Set([
  ...['not_for_channel', 'template_variant_missing', 'content_too_long', 'duplicate_channel'],
]);

/** The channel that takes most of what a message may hold. */
async function likelyChannel({ template }: MessageRequest, templates: TemplateReader): Promise<Channel> {
  const variants = template === null ? [] : await findVariants(templates, template);
  return variants[0]?.channel ?? 'email';
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
