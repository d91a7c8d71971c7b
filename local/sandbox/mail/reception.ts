import { randomUUID } from 'node:crypto';
import type { SMTPServerAddress, SMTPServerEnvelope } from 'smtp-server';
import type { Background } from '../background.ts';
import type { Inbox, MailEnvelope } from '../inbox.ts';
import { findMailRule, type MailAct } from '../magic.ts';
import type { Strikes } from '../strikes.ts';
import { bounceNotice, complaintNotice } from './bounce.ts';
import { readMail } from './mail.ts';

/** A reply to RCPT or to a message: an SMTP code and a text that begins with the enhanced code (RFC 3463). */
export class SmtpRefusal extends Error {
  override readonly name = 'SmtpRefusal';
  readonly responseCode: number;

  constructor(responseCode: number, reply: string) {
    super(reply);
    this.responseCode = responseCode;
  }
}

/** What becomes of recipients and mails. */
export interface Reception {
  checkRecipient(address: string): SmtpRefusal | null;
  /**
   * Takes a mail for all recipients of its envelope, or for none. A slow one is taken first and answered later.
   * @throws {Error} `AbortError` when the sandbox is closed meanwhile
   */
  receive(raw: Buffer, envelope: SMTPServerEnvelope): Promise<'taken' | 'drop' | 'hang' | SmtpRefusal>;
}

export interface ReceptionOptions {
  inbox: Inbox;
  strikes: Strikes;
  background: Background;
  /** Where notices of mails that came back, and complaints, are posted to; without it there are none. */
  bounceUrl: string | undefined;
  bounceDelayMs: number;
}

export function createReception(options: ReceptionOptions): Reception {
  const { inbox, strikes } = options;
  return {
    checkRecipient: (address) => refusalAt('recipient', address, strikes),
    async receive(raw, envelope) {
      const mail = await readMail(raw);
      if (mail === null) return new SmtpRefusal(554, '5.6.0 The message cannot be read');
      const addresses = envelope.rcptTo.map((recipient) => recipient.address);
      const obstacle = findObstacle(addresses, strikes);
      if (obstacle !== null) return obstacle;
      for (const recipient of envelope.rcptTo) {
        inbox.take({ ...mail, id: randomUUID(), to: recipient.address, envelope: describe(envelope, recipient) }, raw);
        const act = actOf(recipient.address);
        if (act === 'bounce') giveNotice(bounceNotice(raw, envelope, recipient), options);
        if (act === 'complain') giveNotice(complaintNotice(raw, envelope, recipient), options);
      }
      return answerTaken(addresses, options);
    },
  };
}

function describe({ mailFrom, dsn }: SMTPServerEnvelope, recipient: SMTPServerAddress): MailEnvelope {
  return {
    mail_from: mailFrom === false ? '' : mailFrom.address,
    rcpt_to: recipient.address,
    envid: dsn?.envid ?? null,
    ret: dsn?.ret ?? null,
    notify: recipient.dsn?.notify?.join(',') ?? null,
    orcpt: recipient.dsn?.orcpt ?? null,
  };
}

/** What keeps a mail from being taken: its first recipient that refuses it or lets it hang. */
function findObstacle(addresses: string[], strikes: Strikes): 'hang' | SmtpRefusal | null {
  for (const address of addresses) {
    const obstacle = actOf(address) === 'hang' ? 'hang' : refusalAt('data', address, strikes);
    if (obstacle !== null) return obstacle;
  }
  return null;
}

async function answerTaken(addresses: string[], { strikes, background }: ReceptionOptions): Promise<'taken' | 'drop'> {
  for (const address of addresses) {
    if (actOf(address) === 'slow') await background.pause((findMailRule(address)?.n ?? 0) * 1000);
    if (actOf(address) === 'drop' && strikes.strike(address.toLowerCase(), 1, 0)) return 'drop';
  }
  return 'taken';
}

function actOf(address: string): MailAct | null {
  return findMailRule(address)?.rule.act ?? null;
}

type Refusal = Extract<MailAct, { refuseAt: string }>;

function refusalAt(stage: Refusal['refuseAt'], address: string, strikes: Strikes): SmtpRefusal | null {
  const found = findMailRule(address);
  if (found === null || typeof found.rule.act === 'string' || found.rule.act.refuseAt !== stage) return null;
  const { code, reply, times } = found.rule.act;
  return strikes.strike(address.toLowerCase(), times, found.n) ? new SmtpRefusal(code, reply) : null;
}

function giveNotice(notice: Buffer | null, { background, bounceUrl, bounceDelayMs }: ReceptionOptions): void {
  if (bounceUrl === undefined || notice === null) return;
  background.start(async () => {
    await background.pause(bounceDelayMs);
    await background.post(bounceUrl, { 'content-type': 'message/rfc822' }, notice);
  });
}
