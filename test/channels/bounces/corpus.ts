import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPLIES } from './corpus/replies.ts';

/** A mail, made for this, with what it is to be read as. */
export interface CorpusMail {
  readonly name: string;
  /** With bare line feeds. */
  readonly text: string;
  /** A category of bounces, `auto_reply` or `not_a_bounce`. */
  readonly reading: string;
  readonly suppressAfter: number | null;
}

const DIRECTORY = join(import.meta.dirname, 'corpus');

/** The mails of the folder, each of which begins with a line `=== name: reading suppressAfter`. */
export const WHOLE_MAILS: readonly CorpusMail[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.mails'))
  .flatMap((file) => readFileSync(join(DIRECTORY, file), 'utf8').split(/^=== /m).slice(1))
  .map(readMail);

function readMail(entry: string): CorpusMail {
  const end = entry.indexOf('\n');
  const title = /^([\w-]+): (\w+) (\d+|-)$/.exec(entry.slice(0, end));
  const [, name, reading, suppressAfter] = title ?? [];
  if (name === undefined || reading === undefined) throw new Error(`No title of a mail: ${entry.slice(0, end)}`);
  return {
    name,
    reading,
    suppressAfter: suppressAfter === '-' ? null : Number(suppressAfter),
    text: entry.slice(end + 1),
  };
}

const RETURNED = `From: News <news@mail.example.com>
To: Anna <anna@example.org>
Subject: User unknown, mailbox full, blocked as spam
Message-ID: <1@mail.example.com>
`;

const REPORTERS = { postfixReport, eximText, qmailText } as const;

/** Every reply of the table as each reporter passes it on. */
export const REPORTED_REPLIES: readonly CorpusMail[] = REPLIES.flatMap(({ category, suppressAfter, said }) =>
  said.flatMap((reply) =>
    Object.entries(REPORTERS).map(([reporter, report]) => ({
      name: `${reporter}: ${reply}`,
      text: report(reply),
      reading: category,
      suppressAfter,
    })),
  ),
);

function postfixReport(reply: string): string {
  return `From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="=_P"

--=_P
Content-Type: text/plain; charset=utf-8

This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

--=_P
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; anna@example.org
Action: failed
Status: ${reply.startsWith('4') ? '4.0.0' : '5.0.0'}
Diagnostic-Code: smtp; ${reply.replaceAll('\n', '\n    ')}

--=_P
Content-Type: message/rfc822

${RETURNED}
--=_P--
`;
}

function eximText(reply: string): string {
  return `From: Mail Delivery System <Mailer-Daemon@mx.example.net>
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: anna@example.org
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  anna@example.org
    SMTP error from remote mail server after RCPT TO:<anna@example.org>:
    host mx.example.org [198.51.100.9]: ${reply.replaceAll('\n', '\n    ')}

------ This is a copy of the message, including all the headers. ------

${RETURNED}`;
}

function qmailText(reply: string): string {
  return `From: MAILER-DAEMON@qmail.example.net
Subject: failure notice
Content-Type: text/plain; charset=utf-8

Hi. This is the qmail-send program at qmail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<anna@example.org>:
198.51.100.9 does not like recipient.
Remote host said: ${reply}
Giving up on 198.51.100.9.

--- Below this line is a copy of the message.

${RETURNED}`;
}
