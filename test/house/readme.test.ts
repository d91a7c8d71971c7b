import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { withTables } from '../../local/readme-tables.ts';

it('shows every environment variable and every magic address in the README (npm run readme writes them)', async () => {
  const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  expect(readme).toBe(withTables(readme));
});

it('refuses a README that has lost the markers of a table', () => {
  expect(() => withTables('# Title\n')).toThrow('lacks the markers');
});
