import type { RenderedContent } from '../domain/rendered-content.ts';
import type { EscalationGoal } from '../domain/statuses.ts';
import type { LinkSigner } from '../links/link-signer.ts';
import { ACKNOWLEDGE_URL, withAcknowledgeButton } from '../templates/acknowledge-link.ts';
import type { Fault, Warning } from './service-error.ts';

/** The content prints the link to confirm of a message that asks for no confirmation. */
export const UNASKED_LINK: Fault = {
  ...{ pointer: '/until', code: 'acknowledgement_not_asked' },
  message: `The content prints ${ACKNOWLEDGE_URL}, which only a message has that goes on until acknowledged.`,
};

/** What stands for the link to confirm before there is an attempt; null for a message that asks for no confirmation. */
export function acknowledgePlaceholder(links: LinkSigner, until: EscalationGoal | null): string | null {
  return until === 'acknowledged' ? links.placeholder('acknowledge') : null;
}

/** The link is the service's to give. */
export function reservedFaults(variables: Readonly<Record<string, unknown>>): Fault[] {
  if (!Object.hasOwn(variables, ACKNOWLEDGE_URL)) return [];
  const message = `The variable "${ACKNOWLEDGE_URL}" is given by the service; leave it out.`;
  return [{ pointer: `/variables/${ACKNOWLEDGE_URL}`, code: 'reserved_name', message }];
}

/**
 * A warning where a template at WhatsApp leaves its reader no way to confirm.
 * @throws {ContentError} where the text has no room for the link, nor the message for a button
 */
export function whatsappLinkWarnings(rendered: RenderedContent, url: string): Warning[] {
  const { contentSid, contentVariables } = rendered;
  withAcknowledgeButton({ ...rendered, contentSid: null }, url);
  // A button of a template takes only the end of the link.
  const token = url.slice(url.lastIndexOf('/') + 1);
  if (contentSid === null || Object.values(contentVariables ?? {}).some((value) => value.includes(token))) return [];
  const message = `Outside the 24-hour window the approved template goes, none of whose variables has ${ACKNOWLEDGE_URL}.`;
  return [{ pointer: '/template_id', code: 'acknowledge_link_missing', message, channel: 'whatsapp' }];
}
