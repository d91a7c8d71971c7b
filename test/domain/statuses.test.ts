import { describe, expect, test } from 'vitest';
import {
  DELIVERY_STATUSES,
  type DeliveryStatus,
  isDeliveryFailure,
  isDeliveryProgress,
  reachesGoal,
} from '../../src/domain/statuses.ts';

describe('a receipt', () => {
  test.each(DELIVERY_STATUSES)('"%s" is progress for a message without one', (status) => {
    expect(isDeliveryProgress(null, status)).toBe(true);
  });

  test.each(DELIVERY_STATUSES)('"%s" is no progress when it comes twice', (status) => {
    expect(isDeliveryProgress(status, status)).toBe(false);
  });

  test.each<[DeliveryStatus, DeliveryStatus]>([
    ['accepted', 'delivered'],
    ['accepted', 'bounced'],
    ['undelivered', 'delivered'],
    ['delivered', 'read'],
    ['read', 'complained'],
  ])('moves a message from "%s" to "%s" and not back', (lower, higher) => {
    expect([isDeliveryProgress(lower, higher), isDeliveryProgress(higher, lower)]).toEqual([true, false]);
  });

  test('of one failure does not overwrite another', () => {
    expect(isDeliveryProgress('bounced', 'undelivered')).toBe(false);
  });
});

test('only a message that did not arrive counts as a failed delivery', () => {
  expect(DELIVERY_STATUSES.filter(isDeliveryFailure)).toEqual(['undelivered', 'bounced']);
});

test('the goal "delivered" is reached by everything that shows an arrival', () => {
  const reaching = DELIVERY_STATUSES.filter((status) => reachesGoal(status, 'delivered'));
  expect(reaching).toEqual(['delivered', 'read', 'complained']);
});

test('the goal "read" is not reached by an arrival alone', () => {
  const reaching = DELIVERY_STATUSES.filter((status) => reachesGoal(status, 'read'));
  expect(reaching).toEqual(['read', 'complained']);
});
