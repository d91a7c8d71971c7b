import { expect, test } from 'vitest';
import { addressHint } from '../../src/domain/address-hint.ts';

test.each([
  ['ada@example.com', 'a…@e….com'],
  ['ada.lovelace@mail.example.co.uk', 'a…@m….uk'],
  ['"a@b"@example.com', '"…@e….com'],
  ['用户@example.com', '用…@e….com'],
  ['😀smile@example.com', '😀…@e….com'],
  ['+15005550021', '+1…21'],
  ['+447911123456', '+4…56'],
])('the hint of %s is %s', (address, hint) => {
  expect(addressHint(address)).toBe(hint);
});
