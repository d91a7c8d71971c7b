import type { Channel } from './channels.ts';

/** Something that was looked at in the set-up of a channel. */
export interface SetupCheck {
  /** Such as `credentials`, `sender`, `spf` or `webhooks`. */
  readonly name: string;
  /** A `warning` does not keep messages from leaving. */
  readonly state: SetupState;
  /** What is right, or what to do about it. */
  readonly sentence: string;
}

export const SETUP_STATES = ['ok', 'warning', 'wrong'] as const;
export type SetupState = (typeof SETUP_STATES)[number];

export interface ChannelSetup {
  readonly channel: Channel;
  /** False where the channel has no credentials, so that it is not offered. */
  readonly isConfigured: boolean;
  readonly checks: readonly SetupCheck[];
}

/** The worst of a set of checks. */
export function worstState(checks: readonly SetupCheck[]): SetupState {
  if (checks.some(({ state }) => state === 'wrong')) return 'wrong';
  return checks.some(({ state }) => state === 'warning') ? 'warning' : 'ok';
}

/** What can be said of one thing that is looked at. */
export function findings(name: string) {
  const finding = (state: SetupState) => (sentence: string) => ({ name, state, sentence }) satisfies SetupCheck;
  return { ok: finding('ok'), warning: finding('warning'), wrong: finding('wrong') };
}
