import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { withConfigurationTable } from '../../local/configuration-table.ts';

it("shows every environment variable in the README's table (node local/configuration-table.ts writes it)", async () => {
  const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  expect(readme).toBe(withConfigurationTable(readme));
});

it('refuses a README that has lost the markers of the table', () => {
  expect(() => withConfigurationTable('# Title\n')).toThrow('lacks the markers');
});
