/**
 * Why a message could not be handed over on a channel, by what has to happen next:
 *
 * - `transient`: the same channel again after a growing delay
 * - `throttled`: the same channel after the delay that the provider names; uses up no attempt
 * - `unreachable`: this person cannot be reached on this channel; the next channel at once
 * - `opted_out`: the person does not want this channel; suppress the address, then the next channel
 * - `rejected`: this content is refused; the next channel, rendered anew for it
 * - `misconfigured`: our own set-up is wrong; tell operators, then the next channel
 * - `uncertain`: the provider may or may not have taken the message
 */
export const FAILURE_KINDS = [
  'transient',
  'throttled',
  'unreachable',
  'opted_out',
  'rejected',
  'misconfigured',
  'uncertain',
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

/** Twilio's code for a text to somebody who has not written to us on WhatsApp for a day. */
export const WINDOW_CLOSED = 'twilio_63016';

/** A failure as workflows see it: codes and counts only, never an address or content. */
export interface Failure {
  readonly kind: FailureKind;
  /** Stable machine-readable code such as `smtp_5.1.1` or `twilio_21610`. */
  readonly code: string;
  /** The delay that the provider asked for, in seconds. */
  readonly retryAfterSeconds?: number;
  /** How often the channel is tried again, at most, before this counts as `unreachable`; the policy says it where this is left out. */
  readonly repeats?: number;
}
