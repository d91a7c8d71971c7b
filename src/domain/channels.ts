/** The ways to reach a person, in no particular order; a delivery plan orders them. */
export const CHANNELS = ['whatsapp', 'email', 'sms'] as const;

export type Channel = (typeof CHANNELS)[number];
