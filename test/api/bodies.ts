/** Requests that are right, for tests to start from. */

export const EMAIL = { recipient: { email: 'ada@example.com' }, channel: 'email', content: 'Hello' };
export const SMS = { recipient: { phone: '+447911123456' }, channel: 'sms', content: 'Hello' };
export const WHATSAPP = { recipient: { whatsapp: '+447911123456' }, channel: 'whatsapp', content: 'Hello' };

/** Somebody else than those above, who is reached on every channel. */
export const EVERYWHERE = { email: 'grace@example.com', phone: '+447911199999', whatsapp: '+447911199999' };

/** An email that uses every field that an email can have. */
export const FULL_EMAIL = {
  recipient: { ...EVERYWHERE, external_id: 'ada', name: 'Ada', locale: 'en-GB', time_zone: 'Europe/London' },
  ...{ channel: 'email', fallback_channels: ['sms'], escalate_after: 600, until: 'delivered' },
  ...{ content: 'Hello {{ name }}', subject: 'For {{ name }}', html: '<p>{{ name }}</p>', variables: { name: 'Ada' } },
  attachments: [{ filename: 'a.txt', content_type: 'text/plain', content_base64: 'aGVsbG8=' }],
  ...{ reply_to: 'desk@example.com', priority: 'high', metadata: { order: '7' } },
  ...{ send_at: '2099-01-01T00:00:00Z', expires_at: '2099-01-02T00:00:00Z' },
};

export const TEMPLATE = {
  ...{ name: 'welcome', channel: 'email', content: 'Hello {{ name }}', subject: 'Welcome {{ name }}' },
  variables: { name: { type: 'string', required: true } },
};

/** An id that nothing has. */
export const NO_ID = '00000000-0000-7000-8000-000000000000';
