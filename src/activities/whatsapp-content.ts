import type { Database } from '../db/database.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { Refusal } from './refusal.ts';

/** What may go to a person on WhatsApp now: the text within the window that they opened, outside of it the template. */
export async function chooseWhatsappContent(
  _dependencies: ActivityDependencies,
  _db: Database,
  { content }: { readonly to: string; readonly content: RenderedContent },
): Promise<RenderedContent | Refusal> {
  return content;
}
