import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type TSchema, Type } from 'typebox';
import { ENVIRONMENT } from '../src/environment.ts';
import { MAIL_RULES } from './sandbox/magic.ts';
import { CONTENT_RULES } from './sandbox/magic-contents.ts';
import { NUMBER_RULES } from './sandbox/magic-numbers.ts';
import { SENDER_RULES, SERVICE_RULES } from './sandbox/magic-senders.ts';

/* `node local/readme-tables.ts` writes the tables that are made from the source into README.md. */

type Variable = TSchema & { description?: string; default?: unknown; secret?: boolean };

/** The tables by the name of their markers, such as `<!-- configuration -->` … `<!-- /configuration -->`. */
const TABLES = { configuration: configurationTable, sandbox: sandboxTable };

/**
 * Puts every table between its markers.
 * @throws {Error} where the text lacks a marker
 */
export function withTables(markdown: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const between = new RegExp(`(?<=<!-- ${name} -->\n).*?(?=<!-- /${name} -->)`, 's');
    if (!between.test(text)) throw new Error(`README.md lacks the markers of the table ${name}.`);
    return text.replace(between, table);
  }, markdown);
}

function configurationTable(): string {
  const rows = Object.entries<Variable>(ENVIRONMENT.properties).map(([name, variable]) => {
    const words = `${variable.description ?? ''}${variable.secret === true ? ' (secret)' : ''}`;
    return [`\`${name}\``, words, standard(variable)];
  });
  return tableOf(['Variable', 'Meaning', 'Default'], rows);
}

function sandboxTable(): string {
  const mails = MAIL_RULES.map(({ localPart, sentence }) => [`\`${localPart}@…\``, sentence]);
  const numbers = NUMBER_RULES.map(({ number, channel, sentence }) => [
    `\`${number}\``,
    channel === undefined ? sentence : `On ${channel === 'sms' ? 'SMS' : 'WhatsApp'} only. ${sentence}`,
  ]);
  const senders = SENDER_RULES.map(({ number, sentence }) => [`from \`${number}\``, sentence]);
  const services = SERVICE_RULES.map(({ ending, sentence }) => [`service \`MG…${ending}\``, sentence]);
  const contents = CONTENT_RULES.map(({ ending, sentence }) => [`template \`HX…${ending}\``, sentence]);
  return tableOf(['Address', 'What happens'], [...mails, ...numbers, ...senders, ...services, ...contents]);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n');
}

function standard(variable: Variable): string {
  if (variable.default !== undefined) return `\`${String(variable.default)}\``;
  return Type.IsOptional(variable) ? 'unset' : 'required';
}

if (import.meta.main) {
  const readme = resolve(import.meta.dirname, '../README.md');
  await writeFile(readme, withTables(await readFile(readme, 'utf8')));
}
