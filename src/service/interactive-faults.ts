import { parsePhone } from '../addresses/phone.ts';
import { type Interactive, MAX_INTERACTIVE_TEXT } from '../domain/interactive.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { isHttpsUrl } from './https-url.ts';
import type { MessageInput } from './message-input.ts';
import type { Fault, Warning } from './service-error.ts';

/** What is wrong with what a person is to tap on below a WhatsApp message. */
export function interactiveFaults(
  input: Pick<MessageInput, 'channel' | 'fallbackChannels' | 'interactive' | 'mediaUrl'>,
): Fault[] {
  const { interactive } = input;
  if (interactive === null) return [];
  const pointer = '/interactive';
  const faults: Fault[] = [];
  if (![input.channel, ...input.fallbackChannels].includes('whatsapp')) {
    faults.push({ pointer, code: 'not_for_channel', message: 'Only WhatsApp messages have something to tap on.' });
  }
  if (input.mediaUrl !== null) {
    faults.push({ pointer, code: 'media_and_interactive', message: 'Give either media_url or interactive, not both.' });
  }
  return [...faults, ...doubleFaults(interactive), ...placeholderFaults(interactive), ...targetFaults(interactive)];
}

/** What is wrong with the text above what a person is to tap on, which may be shorter than one that stands alone. */
export function interactiveTextFaults(
  { interactive, template }: Pick<MessageInput, 'interactive' | 'template'>,
  rendered: RenderedContent | null | undefined,
): Fault[] {
  const length = rendered?.text.length ?? 0;
  if (interactive === null || length <= MAX_INTERACTIVE_TEXT) return [];
  const pointer = template === null ? '/content' : '/template_id';
  const message = `The rendered text has ${length} characters; above buttons or a list stand ${MAX_INTERACTIVE_TEXT}.`;
  return [{ pointer, code: 'content_too_long', message }];
}

/**
 * What a person sees only within the 24-hour window, because the approved template goes in place of the text outside of
 * it, with nothing beside it.
 */
export function droppedWarnings(
  { interactive, mediaUrl }: Pick<MessageInput, 'interactive' | 'mediaUrl'>,
  whatsapp: Pick<RenderedContent, 'contentSid'> | null,
): Warning[] {
  if (whatsapp === null || whatsapp.contentSid === null) return [];
  const pointers = [interactive === null ? [] : ['/interactive'], mediaUrl === null ? [] : ['/media_url']].flat();
  return pointers.map((pointer) => ({
    ...{ pointer, code: 'dropped_outside_window', channel: 'whatsapp' },
    message: 'Where the person has not written for 24 hours, the approved template goes, and this is left out.',
  }));
}

/** Twilio takes double braces for a variable of the content, which nothing would fill. */
function placeholderFaults(interactive: Interactive): Fault[] {
  const isList = interactive.type === 'list';
  const options: readonly object[] = isList ? interactive.items : interactive.actions;
  const texts = options.flatMap((option, index) =>
    Object.entries(option).map(
      ([name, value]) => [`/${isList ? 'items' : 'actions'}/${index}/${name}`, value] as const,
    ),
  );
  const all = isList ? [['/button', interactive.button] as const, ...texts] : texts;
  return all
    .filter(([, value]) => String(value).includes('{{'))
    .map(([place]) => ({
      ...{ pointer: `/interactive${place}`, code: 'placeholder_not_allowed' },
      message: 'Only the text above has variables; write it without {{.',
    }));
}

/** A reply is told by its id, and a person tells buttons apart by what stands on them. */
function doubleFaults(interactive: Interactive): Fault[] {
  const [list, options] =
    interactive.type === 'list' ? (['items', interactive.items] as const) : (['actions', interactive.actions] as const);
  const faults: Fault[] = [];
  for (const [index, option] of options.entries()) {
    const earlier = options.slice(0, index);
    const base = `/interactive/${list}/${index}`;
    if ('id' in option && earlier.some((other) => 'id' in other && other.id === option.id)) {
      faults.push({ pointer: `${base}/id`, code: 'duplicate', message: 'Another one has this id.' });
    }
    if (earlier.some((other) => other.title === option.title)) {
      faults.push({ pointer: `${base}/title`, code: 'duplicate', message: 'Another one has this title.' });
    }
  }
  return faults;
}

function targetFaults(interactive: Interactive): Fault[] {
  if (interactive.type !== 'call_to_action') return [];
  return interactive.actions.flatMap((action, index) => {
    const base = `/interactive/actions/${index}`;
    if (action.type === 'url') {
      return isHttpsUrl(action.url)
        ? []
        : [{ pointer: `${base}/url`, code: 'invalid_url', message: 'Not a complete https URL.' }];
    }
    const phone = parsePhone(action.phone);
    return 'fault' in phone ? [{ pointer: `${base}/phone`, ...phone.fault }] : [];
  });
}
