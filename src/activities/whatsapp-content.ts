import { addressHash } from '../db/address-hash.ts';
import type { Database } from '../db/database.ts';
import { findApproval } from '../db/whatsapp-approvals.ts';
import { findWindow } from '../db/whatsapp-windows.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { mayBeSent, windowState } from '../domain/whatsapp-window.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { type Refusal, refusal } from './refusal.ts';

/**
 * What may go to a person on WhatsApp now: what was written within the window that they opened, outside of it the
 * approved template. Of somebody who was never seen writing, the template is sent where there is one, because it always
 * arrives; else the rules say whether the text is tried.
 */
export async function chooseWhatsappContent(
  { rules, sealer }: Pick<ActivityDependencies, 'rules' | 'sealer'>,
  db: Database,
  { to, content }: { readonly to: string; readonly content: RenderedContent },
): Promise<RenderedContent | Refusal> {
  const { sender, unknownWindow } = rules.whatsapp;
  const pair = { sender: sender ?? '', addressHash: addressHash(sealer, 'whatsapp', to) };
  const state = windowState(await findWindow(db, pair), new Date());
  const { contentSid } = content;
  if (state === 'open' || (state === 'unknown' && unknownWindow === 'open' && contentSid === null)) {
    return { ...content, contentSid: null, contentVariables: null, ...(contentSid !== null && { hasTemplate: true }) };
  }
  if (contentSid === null) return refusal('unreachable', 'whatsapp_window_closed');
  const approval = await findApproval(db, contentSid);
  if (!mayBeSent(approval?.status ?? null)) return refusal('unreachable', 'whatsapp_template_not_approved');
  return { ...content, mediaUrl: null, interactive: null };
}
