import type { TakenMessage } from './inbox.ts';
import { MAIL_RULES } from './magic.ts';
import { CONTENT_RULES } from './magic-contents.ts';
import { NUMBER_RULES } from './magic-numbers.ts';
import { SENDER_RULES, SERVICE_RULES } from './magic-senders.ts';
import type { Choice } from './twilio/render-content.ts';

const NEWEST = 100;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
article{border:1px solid #999;border-radius:.5rem;margin:1rem 0;padding:0 1rem 1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere}iframe{width:100%;height:20rem;border:1px solid #ccc;background:#fff}
form{display:inline-block;margin:0 .5rem .5rem 0}td{padding-right:1rem;vertical-align:top}`;

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
${message.channel === 'email' ? '' : replyForms(message)}
<details><summary>Headers</summary><table>${Object.entries(message.headers).map(tableRow).join('')}</table></details></article>`;
}

/** What the person can answer: a text, and each button or list item. */
function replyForms(message: TakenMessage): string {
  const text = '<input name="text" aria-label="Reply" placeholder="Reply" required>';
  const answers = message.choices.filter(({ target }) => target === null);
  return [replyForm(message, `${text}<button>Reply</button>`), ...answers.map((choice) => choiceForm(message, choice))]
    .concat(message.choices.filter(({ target }) => target !== null).map(choiceText))
    .join('\n');
}

function choiceForm(message: TakenMessage, { kind, id, title }: Choice): string {
  const names = kind === 'list' ? ['list_id', 'list_title'] : ['button_id', 'button_text'];
  const fields = hiddenFields([
    [names[0] ?? '', id ?? title],
    [names[1] ?? '', title],
  ]);
  return replyForm(message, `${fields}<button>${escapeHtml(title)}</button>`);
}

function choiceText({ title, target }: Choice): string {
  return `<p>${escapeHtml(title)}: ${escapeHtml(target ?? '')}</p>`;
}

function replyForm({ id, channel, to, from }: TakenMessage, content: string): string {
  const sender = /^\+\d+$/.test(from) ? from : '';
  const quoted = channel === 'whatsapp' ? id : '';
  const fields: [string, string][] = [
    ['channel', channel],
    ['from', to],
    ['to', sender],
    ['in_reply_to', quoted],
  ];
  return `<form method="post" action="/replies/">${hiddenFields(fields)}${content}</form>`;
}

function hiddenFields(fields: readonly [name: string, value: string][]): string {
  return fields
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
}

function ruleRows(): string {
  const rows: [string, string][] = [
    ...MAIL_RULES.map((rule): [string, string] => [`${rule.localPart}@`, rule.sentence]),
    ...NUMBER_RULES.map((rule): [string, string] => [rule.number, rule.sentence]),
    ...SENDER_RULES.map((rule): [string, string] => [`from ${rule.number}`, rule.sentence]),
    ...SERVICE_RULES.map((rule): [string, string] => [`MG…${rule.ending}`, rule.sentence]),
    ...CONTENT_RULES.map((rule): [string, string] => [`HX…${rule.ending}`, rule.sentence]),
  ];
  return rows.map(tableRow).join('');
}

function tableRow([name, value]: [string, string]): string {
  return `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
