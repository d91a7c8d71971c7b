import { checkSetup } from '../channels/setup.ts';
import { readConfig } from '../config.ts';
import { type SetupCheck, worstState } from '../domain/channel-setup.ts';
import { sayWhyItEnds } from './last-words.ts';
import { setupOptions } from './setup-options.ts';

sayWhyItEnds();

const MARKS: Readonly<Record<SetupCheck['state'], string>> = { ok: 'ok     ', warning: 'warning', wrong: 'WRONG  ' };

const setups = await checkSetup(setupOptions(readConfig()));
for (const { channel, isConfigured, checks } of setups) {
  process.stdout.write(`${channel}${isConfigured ? '' : ': no credentials, so it is not offered'}\n`);
  for (const { name, state, sentence } of checks) process.stdout.write(`  ${MARKS[state]}  ${name}: ${sentence}\n`);
}
if (setups.some(({ checks }) => worstState(checks) === 'wrong')) process.exitCode = 1;
