/** What a failure code means and what to do about it, for codes that come from no provider. */
const SENTENCES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cancelled: 'The message was cancelled, and nothing more of it is sent.',
    expired: 'The message reached its expires_at before a provider took it.',
    not_acknowledged:
      'Nobody acknowledged the message in any round of its plan; reach the person in another way, or retry.',
    no_address: 'The recipient has no address on this channel; add one to the recipient, or switch to another channel.',
    suppressed: 'The recipient has opted out of this channel; lift the suppression only with their consent.',
    opted_out_by_recipient: 'The recipient does not want such messages on this channel; another channel may do.',
    render_failed: 'The content could not be rendered; correct the template or the variables and retry.',
    content_missing: 'The template has no variant for this channel; add one, or switch to another channel.',
    content_too_long: 'The rendered text is longer than the channel takes; shorten it and retry.',
    channel_not_configured: 'This channel has no credentials; set its environment variables and restart the worker.',
    country_not_allowed: 'Texts may not go to the country of this number; see SMS_COUNTRIES, or use another channel.',
    cost_unknown: 'Costs are limited and no price for the country of this number is known; see SMS_PRICES.',
    cost_limit_message: 'The text costs more than one may; shorten it, or raise SMS_COST_LIMIT, and retry.',
    cost_limit_day:
      'The texts of the day have cost as much as they may; retry tomorrow, or raise SMS_COST_LIMIT_PER_DAY.',
    whatsapp_window_closed:
      'The person has not written to us on WhatsApp for 24 hours, and the message has no approved template; use another channel.',
    whatsapp_template_not_approved:
      'WhatsApp has not approved the template of the message; see the template, or use another one.',
    interrupted: 'The worker stopped during the call, so it is not known whether the provider took the message.',
    not_called: 'The workflow of the message was lost before the provider was called.',
    receipt_undelivered: 'The provider took the message and later reported that it could not be delivered.',
    receipt_bounced: 'The mail server took the message and later returned it.',
  }),
);

/** A sentence for a failure code, for people. */
export function sentenceFor(code: string): string {
  return SENTENCES.get(code) ?? `The message failed with the code ${code}.`;
}
