import { readConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { createApiKey, SCOPES, type Scope } from '../service/api-keys.ts';
import { sayWhyItEnds } from './last-words.ts';

sayWhyItEnds();

const [name, ...words] = process.argv.slice(2);
const scopes = words.flatMap((word) => (word === 'all' ? SCOPES : [word]));
const unknown = scopes.filter((scope) => !SCOPES.includes(scope as Scope));
if (name === undefined || scopes.length === 0 || unknown.length > 0) {
  process.stderr.write(`${unknown.map((scope) => `There is no scope ${scope}.\n`).join('')}
Usage: npm run create-key -- <name> <scope> [<scope> …]
Scopes: ${SCOPES.join(' ')}
        all for every one of them
`);
  process.exit(1);
}
const db = openDatabase({ url: readConfig().database.url.reveal(), poolSize: 1 });
const key = await createApiKey({ db }, 'command line', {
  name,
  scopes: scopes as Scope[],
  expiresAt: null,
});
await db.destroy();
process.stdout.write(`${key.secret}\n`);
