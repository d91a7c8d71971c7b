import type { TakenMessage } from './inbox.ts';
import { MAIL_RULES, NUMBER_RULES, SENDER_RULES } from './magic.ts';

const NEWEST = 100;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
article{border:1px solid #999;border-radius:.5rem;margin:1rem 0;padding:0 1rem 1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere}iframe{width:100%;height:20rem;border:1px solid #ccc;background:#fff}
td{padding-right:1rem;vertical-align:top}`;

/** A page with the newest messages. Everything that came from outside is escaped; HTML mails are shown in sealed frames. */
export function inboxPage(messages: readonly TakenMessage[]): string {
  const newest = messages.slice(0, NEWEST);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox inbox</title><style>${STYLE}</style></head><body>
<h1>Sandbox inbox</h1>
<p>${messages.length} messages taken${messages.length > NEWEST ? `, the newest ${NEWEST} shown` : ''}. Nothing here has left this machine.</p>
${newest.map(messageCard).join('\n')}
<details><summary>Addresses that misbehave on purpose</summary><table>${ruleRows()}</table></details>
</body></html>
`;
}

function messageCard(message: TakenMessage): string {
  const attachments = message.attachments.map((file) => `${file.filename ?? 'unnamed'} (${file.size} bytes)`);
  return `<article><h2>${escapeHtml(message.subject ?? message.channel)}</h2>
<p>${escapeHtml(message.channel)} to <b>${escapeHtml(message.to)}</b> from ${escapeHtml(message.from)}, ${escapeHtml(message.received_at)}</p>
<pre>${escapeHtml(message.text ?? '')}</pre>
${message.html === null ? '' : `<iframe sandbox title="HTML body" srcdoc="${escapeHtml(message.html)}"></iframe>`}
${attachments.length === 0 ? '' : `<p>Attachments: ${escapeHtml(attachments.join(', '))}</p>`}
<details><summary>Headers</summary><table>${Object.entries(message.headers).map(tableRow).join('')}</table></details></article>`;
}

function ruleRows(): string {
  const mails = MAIL_RULES.map((rule) => tableRow([`${rule.localPart}@`, rule.sentence]));
  const numbers = NUMBER_RULES.map((rule) => tableRow([rule.number, rule.sentence]));
  const senders = SENDER_RULES.map((rule) => tableRow([`from ${rule.number}`, rule.sentence]));
  return [...mails, ...numbers, ...senders].join('');
}

function tableRow([name, value]: [string, string]): string {
  return `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
