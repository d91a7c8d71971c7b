import type { Config, EmailConfig, TwilioConfig } from '../config.ts';
import { createSealer } from '../db/sealer.ts';
import { createLinkSigner } from '../links/link-signer.ts';

/** What works with the secret keys of the service. */
export function createKeyHolders({ encryptionKeys, lookupKey, api }: Config) {
  const key = Buffer.from(lookupKey.reveal(), 'base64');
  const ring = encryptionKeys.map(({ id, key: secret }) => ({ id, key: Buffer.from(secret.reveal(), 'base64') }));
  return { sealer: createSealer(ring, key), links: createLinkSigner(key, api.publicUrl) };
}

/** A Twilio account as the adapters take it. */
export function twilioAccount({ authToken, ...account }: TwilioConfig) {
  return { ...account, authToken: authToken.reveal() };
}

/** A mail server with its sender, as the adapter takes it. */
export function mailServer({ smtpUrl, dkim, ...server }: EmailConfig) {
  return { ...server, smtpUrl: smtpUrl.reveal(), dkim: dkim && { ...dkim, privateKey: dkim.privateKey.reveal() } };
}
