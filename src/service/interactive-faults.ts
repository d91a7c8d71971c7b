import { parsePhone } from '../addresses/phone.ts';
import type { Interactive } from '../domain/interactive.ts';
import type { MessageInput } from './message-input.ts';
import type { Fault } from './service-error.ts';

const HTTPS = /^https:\/\/[^\s\p{C}\\]+$/iu;

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
  return [...faults, ...doubleFaults(interactive), ...targetFaults(interactive)];
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
      const isUrl = HTTPS.test(action.url) && URL.canParse(action.url);
      return isUrl ? [] : [{ pointer: `${base}/url`, code: 'invalid_url', message: 'Not a complete https URL.' }];
    }
    const phone = parsePhone(action.phone);
    return 'fault' in phone ? [{ pointer: `${base}/phone`, ...phone.fault }] : [];
  });
}
