import { expect, test } from 'vitest';
import { withoutSourced } from '../../local/sourced-environment.ts';

const SETTINGS = { apiKey: 'kmsg_local', ports: { postgres: 5432, temporal: 7233, smtp: 1025 } };

const SOURCED = {
  MESSAGING_API_KEY: 'kmsg_local',
  DATABASE_URL: 'postgres://keryu:secret@127.0.0.1:5432/messaging',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  PATH: '/usr/bin',
};

test('a shell that has sourced local.env starts the stack with its own servers again', () => {
  expect(withoutSourced(SOURCED, SETTINGS)).toEqual({ MESSAGING_API_KEY: 'kmsg_local', PATH: '/usr/bin' });
});

test('a server that was set to another one afterwards is kept', () => {
  const environment = { ...SOURCED, SMTP_URL: 'smtp://mail.example.com:587', TEMPORAL_ADDRESS: '127.0.0.1:17233' };
  expect(withoutSourced(environment, SETTINGS)).toEqual({
    MESSAGING_API_KEY: 'kmsg_local',
    TEMPORAL_ADDRESS: '127.0.0.1:17233',
    SMTP_URL: 'smtp://mail.example.com:587',
    PATH: '/usr/bin',
  });
});

test('a shell that has not sourced local.env keeps every server that it names', () => {
  const { MESSAGING_API_KEY: _key, ...environment } = SOURCED;
  expect(withoutSourced(environment, SETTINGS)).toEqual(environment);
});

test('a stack that has no key yet takes every server that is named', () => {
  expect(withoutSourced(SOURCED, { ...SETTINGS, apiKey: null })).toEqual(SOURCED);
});
