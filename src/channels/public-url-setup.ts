import { isIP } from 'node:net';
import { findings, type SetupCheck } from '../domain/channel-setup.ts';
import { isPrivateAddress } from './private-addresses.ts';

/** Longest wait for our own API, in milliseconds. */
const LIMIT_MS = 5_000;

const webhooks = findings('webhooks');

/** Whether providers reach our webhooks under the public URL, as far as that can be told from here. */
export async function checkPublicUrl(publicUrl: string): Promise<SetupCheck> {
  const { hostname, protocol } = new URL(publicUrl);
  const answer = await fetch(`${publicUrl}/api/health/live/`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch(() => null);
  await answer?.body?.cancel();
  if (answer === null) {
    return webhooks.wrong(`${publicUrl} does not answer; set PUBLIC_URL to where the API is reached, and start it.`);
  }
  if (answer.status !== 200) {
    return webhooks.wrong(
      `${publicUrl} answers ${answer.status} in place of the API; set PUBLIC_URL to where that is reached.`,
    );
  }
  if (isLocal(hostname)) {
    return webhooks.warning(
      `${publicUrl} is reached from this machine only; a real provider needs a public PUBLIC_URL.`,
    );
  }
  if (protocol !== 'https:') return webhooks.warning(`${publicUrl} is not https; receipts would travel in the open.`);
  // Twilio takes no host with an underscore (Messages resource, `StatusCallback`).
  if (hostname.includes('_'))
    return webhooks.wrong(`${publicUrl} has an underscore in its host, which Twilio does not take.`);
  return webhooks.ok(`The API answers at ${publicUrl}.`);
}

function isLocal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal');
  return isPrivateAddress(host);
}
