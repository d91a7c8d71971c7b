import { describe, expect, it } from 'vitest';
import { renderContent } from '../../src/templates/render-content.ts';
import { startBudget } from '../../src/templates/work-budget.ts';
import { measureWork } from '../../src/templates/work-time.ts';

const limitExceeded = expect.objectContaining({ name: 'RenderError', code: 'limit_exceeded' });

function work(milliseconds: number): void {
  const workSince = measureWork();
  while (workSince() < milliseconds) Math.random();
}

describe('a budget of work', () => {
  it('gives the result of what it is spent on', () => {
    expect(startBudget(100).spend(() => 'done')).toBe('done');
  });

  it('tells a task what is left, after the work of those before', () => {
    const budget = startBudget(100);
    budget.spend(() => work(60));
    expect(budget.spend((left) => left)).toBeLessThanOrEqual(40);
  });

  it('refuses a task where nothing is left', () => {
    const budget = startBudget(20);
    budget.spend(() => work(30));
    expect(() => budget.spend(() => 'done')).toThrow(limitExceeded);
  });

  it('counts the work of a task that fails', () => {
    const budget = startBudget(20);
    const fail = () => {
      work(30);
      throw new Error('failed');
    };
    expect(() => budget.spend(fail)).toThrow('failed');
    expect(budget.left()).toBeLessThanOrEqual(0);
  });

  it('lets others have their turn after some work', async () => {
    const budget = startBudget(100);
    const order: string[] = [];
    budget.spend(() => work(20));
    setImmediate(() => order.push('other'));
    await budget.pause();
    order.push('this');
    expect(order).toEqual(['other', 'this']);
  });
});

describe('content that may take 50 milliseconds', () => {
  const LOOP = '{% for i in (1..9000000) %}{% endfor %}';
  const nothing = { subject: null, html: null, mediaUrl: null };
  const render = (channel: 'email' | 'sms' | 'whatsapp', content: string, more: object = {}) =>
    renderContent(channel, { ...nothing, content, ...more }, { a: 'x'.repeat(300_000) }, { workLimit: 50 });

  it.each([
    ['a text', () => render('sms', LOOP)],
    ['a WhatsApp message', () => render('whatsapp', LOOP)],
    ['an email', () => render('email', LOOP)],
    ['the subject of an email', () => render('email', 'x', { subject: LOOP })],
    ['the HTML of an email', () => render('email', 'x', { html: LOOP })],
    ['filters', () => render('email', `{{ a ${'| split: "" | sort | join: "" '.repeat(50)}}}`)],
    [
      'styles',
      () => render('email', 'x', { html: `<style>${'b{color:red}'.repeat(5_000)}</style>${'<b></b>'.repeat(1_600)}` }),
    ],
  ])('is stopped early: %s', (_what, rendering) => {
    const workSince = measureWork();
    expect(rendering).toThrow(limitExceeded);
    expect(workSince()).toBeLessThan(300);
  });

  it('is rendered where it takes less', () => {
    expect(render('sms', 'Hello {{ a | slice: 0 }}').text).toBe('Hello x');
  });
});
