import { TypedSearchAttributes } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import {
  changedLabels,
  changedSearchAttributes,
  initialSearchAttributes,
} from '../../src/workflows/search-attributes.ts';
import { ACCEPTED, deliveriesInEachState, failed, NOW, POLICY } from '../domain/deliveries.ts';

const STATES = deliveriesInEachState();

function named(pairs: readonly { key: { name: string }; value: unknown }[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]));
}

describe('the first search attributes', () => {
  test('say where the message stands and how urgent it is', () => {
    const pairs = initialSearchAttributes(STATES.schedule, { templateName: null, priority: 'high' });
    expect(named(pairs)).toEqual({
      ...{ MessageStatus: 'pending', MessageChannel: 'whatsapp', WaitingFor: 'schedule', Priority: 'high' },
    });
  });

  test('name the template where there is one', () => {
    const pairs = initialSearchAttributes(STATES.attempt, { templateName: 'welcome', priority: 'low' });
    expect(named(pairs)).toMatchObject({ TemplateName: 'welcome' });
  });

  test('name the error of a message that had failed before', () => {
    const pairs = initialSearchAttributes(STATES.cancelled, { templateName: null, priority: 'normal' });
    expect(named(pairs)).toMatchObject({ MessageStatus: 'failed', ErrorCode: 'cancelled' });
  });
});

describe('after a step', () => {
  test('only what differs is changed', () => {
    const after = advance(STATES.attempt, failed('transient'), POLICY, NOW);
    expect(named(changedSearchAttributes(STATES.attempt, after))).toEqual({
      ...{ WaitingFor: 'retry', ErrorCode: 'code_transient' },
    });
  });

  test('what does not hold any more is taken away', () => {
    const after = advance({ ...STATES.retry, next: { do: 'attempt' } }, ACCEPTED, POLICY, NOW);
    expect(named(changedSearchAttributes(STATES.retry, after))).toEqual({
      ...{ MessageStatus: 'sent', WaitingFor: null, ErrorCode: null },
    });
  });

  test('that changed nothing there is nothing to change', () => {
    expect(changedSearchAttributes(STATES.sent, STATES.sent)).toEqual([]);
  });
});

describe('after a change by the sender', () => {
  const of = (templateName: string | null) =>
    new TypedSearchAttributes(initialSearchAttributes(STATES.attempt, { templateName, priority: 'normal' }));

  test('the priority and the template are those that it has now', () => {
    expect(named(changedLabels(of(null), { templateName: 'welcome', priority: 'high' }))).toEqual({
      ...{ TemplateName: 'welcome', Priority: 'high' },
    });
  });

  test('a template that has given way to content is taken away', () => {
    expect(named(changedLabels(of('welcome'), { templateName: null, priority: 'normal' }))).toEqual({
      TemplateName: null,
    });
  });

  test('of something else there is nothing to change', () => {
    expect(changedLabels(of('welcome'), { templateName: 'welcome', priority: 'normal' })).toEqual([]);
  });
});
