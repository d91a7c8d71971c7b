import { describe, expect, it } from 'vitest';
import { ContentError } from '../../src/templates/content-error.ts';
import { RenderError } from '../../src/templates/render-error.ts';
import { withinTime } from '../../src/templates/time-limit.ts';

const limitExceeded = expect.objectContaining({ name: 'RenderError', code: 'limit_exceeded' });

function forever(): never {
  for (;;) Math.random();
}

describe('a task with a time limit', () => {
  it('gives its result', () => {
    expect(withinTime(1_000, () => 'done')).toBe('done');
  });

  it('is stopped where it does not end', () => {
    expect(() => withinTime(50, forever)).toThrow(limitExceeded);
  });

  it('is stopped inside a regular expression', () => {
    expect(() => withinTime(50, () => /^(a+)+$/.test(`${'a'.repeat(40)}b`))).toThrow(limitExceeded);
  });

  it('is run once more where it did not come to work', () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    let tries = 0;
    const task = () => {
      tries += 1;
      if (tries === 1) Atomics.wait(shared, 0, 0, 100);
      return tries;
    };
    expect(withinTime(50, task)).toBe(2);
  });

  it('is stopped where it calls itself without end', () => {
    const deeper = (): number => 1 + deeper();
    expect(() => withinTime(1_000, deeper)).toThrow(limitExceeded);
  });

  it('may have another inside', () => {
    expect(withinTime(1_000, () => withinTime(1_000, () => 1) + withinTime(1_000, () => 2))).toBe(3);
  });

  it('does not disturb the next one', () => {
    expect(() => withinTime(50, forever)).toThrow();
    expect(withinTime(1_000, () => 'done')).toBe('done');
  });

  it.each([new RenderError('missing_variable', 'a'), new ContentError('content_empty', 'a')])(
    'passes its %s on',
    (error) => {
      const fail = () => {
        throw error;
      };
      expect(() => withinTime(1_000, fail)).toThrow(error);
    },
  );

  it('says nothing of what else goes wrong, which may quote a value', () => {
    const fail = () => {
      throw new TypeError('the secret!');
    };
    expect(() => withinTime(1_000, fail)).toThrow(
      expect.objectContaining({
        name: 'RenderError',
        code: 'render_failed',
        message: expect.not.stringContaining('secret'),
      }),
    );
  });
});
