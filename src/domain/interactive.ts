/** Most characters of a text above buttons or a list (https://www.twilio.com/docs/content/twilio-quick-reply). */
export const MAX_INTERACTIVE_TEXT = 1024;

/** Most quick replies of a message within the window (the same page). */
export const MAX_QUICK_REPLIES = 3;

/** What a person can tap on below a WhatsApp message: quick replies, a list, or calls to action. */
export type Interactive =
  | { readonly type: 'quick_reply'; readonly actions: readonly QuickReply[] }
  | { readonly type: 'list'; readonly button: string; readonly items: readonly ListItem[] }
  | { readonly type: 'call_to_action'; readonly actions: readonly CallToAction[] };

export interface QuickReply {
  /** Comes back with the reply. */
  readonly id: string;
  readonly title: string;
  /** The id is of this message alone, so that it is no part of what messages share at the provider. */
  readonly isPersonal?: true;
}

export interface ListItem {
  /** Comes back with the reply. */
  readonly id: string;
  readonly title: string;
  readonly description?: string;
}

export type CallToAction =
  | { readonly type: 'url'; readonly title: string; readonly url: string }
  | { readonly type: 'phone'; readonly title: string; readonly phone: string };
