import { createPublicKey } from 'node:crypto';
import { findings, type SetupCheck } from '../domain/channel-setup.ts';

/** Names the hosts that take mail for a domain: those of its MX records, else itself; empty for none. */
export type MailHostLookup = (domain: string) => Promise<readonly string[]>;

/** Looks up the texts of a name in the DNS; empty where it has none. Rejects where the DNS does not answer. */
export type TextLookup = (name: string) => Promise<readonly string[]>;

export interface SendingDomain {
  /** Of the address that people see. */
  readonly from: string;
  /** Of the address that mail servers return to. */
  readonly returnPath: string;
  /** Null where mails are not signed. */
  readonly dkim: { readonly domain: string; readonly selector: string; readonly privateKey: string } | null;
}

const sender = findings('sender');
const spf = findings('spf');
const dkimFindings = findings('dkim');
const dmarc = findings('dmarc');

/**
 * Whether the DNS says of the sending domain what receivers ask for: SPF (RFC 7208), DKIM (RFC 6376) and DMARC
 * (RFC 7489). Only publishing a wrong key makes mails worse than none, so only that is wrong.
 */
export async function checkSendingDomain(domain: SendingDomain, lookUp: TextLookup): Promise<SetupCheck[]> {
  return await Promise.all([
    guarded('spf', () => checkSpf(domain.returnPath, lookUp)),
    guarded('dkim', () => checkDkim(domain, lookUp)),
    guarded('dmarc', () => checkDmarc(domain, lookUp)),
  ]);
}

/** Whether the sender can be written to: receivers refuse the mails of one that cannot (RFC 7505, section 4.2). */
export async function checkEmailSender(domain: string, lookUpHosts: MailHostLookup): Promise<SetupCheck> {
  return await guarded('sender', async () => {
    // A null MX says that a domain takes no mail (RFC 7505, section 3).
    const hosts = (await lookUpHosts(domain)).filter((host) => host !== '' && host !== '.');
    if (hosts.length > 0) return sender.ok(`${domain}, the domain of the sender, takes mail.`);
    return sender.warning(
      `${domain}, the domain of the sender, takes no mail, so receivers may refuse ours; publish an MX record, or correct EMAIL_FROM.`,
    );
  });
}

async function checkSpf(domain: string, lookUp: TextLookup): Promise<SetupCheck> {
  const records = (await lookUp(domain)).filter((text) => /^v=spf1( |$)/i.test(text));
  const [record] = records;
  if (record === undefined) {
    return spf.warning(`${domain} has no SPF record; publish a TXT record "v=spf1 … -all" with your mail server.`);
  }
  // RFC 7208, section 4.5: more than one record is an error for receivers.
  if (records.length > 1) return spf.wrong(`${domain} has ${records.length} SPF records; merge them into one.`);
  if (/[+ ]all\b/i.test(record.replace(/[-~?]all/i, ''))) {
    return spf.warning(`The SPF record of ${domain} lets everybody send; end it with "-all" or "~all".`);
  }
  return spf.ok(`${domain} has one SPF record; whether it names your mail server is for you to see.`);
}

async function checkDkim({ dkim, from }: SendingDomain, lookUp: TextLookup): Promise<SetupCheck> {
  if (dkim === null) {
    return dkimFindings.warning(
      'Mails are not signed here; set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY unless your mail server signs.',
    );
  }
  const name = `${dkim.selector}._domainkey.${dkim.domain}`;
  const records = await lookUp(name);
  const published = records.map((text) => /(?:^|;)\s*p\s*=\s*([A-Za-z0-9+/=\s]*)/.exec(text)?.[1]?.replace(/\s/g, ''));
  if (records.length === 0)
    return dkimFindings.wrong(
      `${name} has no TXT record; publish "v=DKIM1; k=rsa; p=${publicKeyOf(dkim.privateKey)}".`,
    );
  if (!published.includes(publicKeyOf(dkim.privateKey))) {
    return dkimFindings.wrong(`The key at ${name} is not that of DKIM_PRIVATE_KEY; publish the right one.`);
  }
  if (!isAligned(from, dkim.domain)) {
    return dkimFindings.warning(
      `The signature is for ${dkim.domain}, not for ${from} of the sender, so it does not count for DMARC.`,
    );
  }
  return dkimFindings.ok(`The key at ${name} is the one that mails are signed with.`);
}

async function checkDmarc({ from }: SendingDomain, lookUp: TextLookup): Promise<SetupCheck> {
  for (const domain of withParents(from)) {
    const record = (await lookUp(`_dmarc.${domain}`)).find((text) => /^v=DMARC1\s*;/i.test(text));
    if (record === undefined) continue;
    const policy = /;\s*p\s*=\s*(none|quarantine|reject)/i.exec(record)?.[1];
    if (policy === undefined)
      return dmarc.wrong(`The DMARC record of ${domain} names no policy; add "p=none" or stricter.`);
    return dmarc.ok(`${domain} has a DMARC record with the policy ${policy.toLowerCase()}.`);
  }
  return dmarc.warning(
    `${from} has no DMARC record; publish a TXT record "v=DMARC1; p=none; rua=mailto:…" at _dmarc.${from}.`,
  );
}

/** As relaxed alignment has it (RFC 7489, section 3.1), but for public suffixes. */
function isAligned(from: string, signed: string): boolean {
  return from === signed || from.endsWith(`.${signed}`) || signed.endsWith(`.${from}`);
}

/** The domain and those above it, but for the top; a public suffix among them has no record, which does no harm. */
function withParents(domain: string): string[] {
  const labels = domain.split('.');
  return labels.slice(0, Math.max(labels.length - 1, 1)).map((_label, index) => labels.slice(index).join('.'));
}

function publicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** The DNS may be out of reach where the service is not; that says nothing about the domain. */
async function guarded(name: string, check: () => Promise<SetupCheck>): Promise<SetupCheck> {
  try {
    return await check();
  } catch {
    return findings(name).warning('The DNS could not be asked; try again where it can be reached.');
  }
}
