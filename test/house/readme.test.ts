import { readdir, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withTables } from '../../local/readme-tables.ts';

it('shows every environment variable and every magic address in the README (npm run readme writes them)', async () => {
  const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  expect(readme).toBe(withTables(readme));
});

it('refuses a README that has lost the markers of a table', () => {
  expect(() => withTables('# Title\n')).toThrow('lacks the markers');
});

describe('the pictures in the README', async () => {
  const root = resolve(import.meta.dirname, '../..');
  const readme = await readFile(resolve(root, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/!\[[^\]]+\]\((docs\/images\/[^)]+)\)/g)].map(([, path = '']) => path);

  it('are those of docs/images', async () => {
    const kept = await readdir(resolve(root, 'docs/images'));
    expect(shown.toSorted()).toEqual(kept.map((name) => `docs/images/${name}`).toSorted());
  });

  it.each(shown)('are small enough to be read on the way: %s', async (path) => {
    expect((await stat(resolve(root, path))).size).toBeLessThan(120_000);
  });
});
