import { writeFile } from 'node:fs/promises';
import { bundleWorkflows } from '../temporal/worker.ts';
import { sayWhyItEnds } from './last-words.ts';

sayWhyItEnds();

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('Usage: npm run bundle -- <file>\n');
  process.exit(1);
}
await writeFile(file, (await bundleWorkflows()).code);
