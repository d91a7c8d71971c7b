import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type TSchema, Type } from 'typebox';
import { ENVIRONMENT } from '../src/config.ts';

/* `node local/configuration-table.ts` writes the table of all environment variables into README.md. */

type Variable = TSchema & { description?: string; default?: unknown; secret?: boolean };

const BETWEEN_MARKERS = /(?<=<!-- configuration -->\n).*?(?=<!-- \/configuration -->)/s;

/** The environment variables as a Markdown table. */
export function configurationTable(): string {
  const rows = Object.entries<Variable>(ENVIRONMENT.properties).map(([name, variable]) => {
    const words = `${variable.description ?? ''}${variable.secret === true ? ' (secret)' : ''}`;
    return `| \`${name}\` | ${words.replaceAll('|', '\\|')} | ${standard(variable)} |`;
  });
  return ['| Variable | Meaning | Default |', '|---|---|---|', ...rows, ''].join('\n');
}

/**
 * Puts the table between the markers `<!-- configuration -->` and `<!-- /configuration -->` of a Markdown text.
 * @throws {Error} where the text lacks them
 */
export function withConfigurationTable(markdown: string): string {
  if (!BETWEEN_MARKERS.test(markdown)) throw new Error('README.md lacks the markers of the configuration table.');
  return markdown.replace(BETWEEN_MARKERS, () => configurationTable());
}

function standard(variable: Variable): string {
  if (variable.default !== undefined) return `\`${String(variable.default)}\``;
  return Type.IsOptional(variable) ? 'unset' : 'required';
}

if (import.meta.main) {
  const readme = resolve(import.meta.dirname, '../README.md');
  await writeFile(readme, withConfigurationTable(await readFile(readme, 'utf8')));
}
