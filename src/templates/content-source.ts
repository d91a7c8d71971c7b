import type { TemplateContent } from '../domain/template-content.ts';
import type { ContentSource } from './render-content.ts';

/**
 * A version of a template as it is rendered.
 * @param layout the HTML of the layout that is fixed for the message; null where there is none
 */
export function contentSource(version: TemplateContent, layout: string | null, mediaUrl: string | null): ContentSource {
  const { content, subject, html, format, sms, whatsapp, locales } = version;
  return {
    ...{ content, subject, html, format, mediaUrl, locales },
    layout: layout === null ? null : { html: layout },
    smartEncoding: sms.smart_encoding ?? false,
    whatsapp: whatsapp === null ? null : { contentSid: whatsapp.content_sid, variables: whatsapp.variables },
  };
}
