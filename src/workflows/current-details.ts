import type { Delivery } from '../domain/delivery.ts';

/** What an operator sees at the top of the workflow's page in the Temporal UI, in Markdown: no personal data. */
export function describeDelivery(delivery: Delivery, attempts: number): string {
  const rows = [
    `**Status** ${delivery.status}`,
    `**Channel** ${delivery.channel} (plan: ${delivery.plan.channels.join(' → ')})`,
    `**Attempts** ${attempts}`,
    `**Last error** ${delivery.failure === null ? 'none' : `\`${delivery.failure.code}\` (${delivery.failure.kind})`}`,
    `**Now** ${describeNext(delivery)}`,
    `**Signals that work now** ${signalsThatWork(delivery).join(', ') || 'none'}`,
  ];
  return rows.join('  \n');
}

function describeNext(delivery: Delivery): string {
  const { next } = delivery;
  switch (next.do) {
    case 'attempt':
      return 'handing the message to the provider';
    case 'end':
      return 'finished';
    case 'wait':
      return `waiting for ${next.for} until ${new Date(next.until).toISOString()}`;
  }
}

function signalsThatWork({ next }: Delivery): string[] {
  if (next.do === 'end') return [];
  const waitingFor = next.do === 'wait' ? next.for : null;
  return [
    ...(waitingFor === 'receipt' ? [] : ['`retry`']),
    '`switchChannel` with `{"channel": "sms"}`',
    '`cancel`',
    ...(waitingFor === 'operator' ? ['`resolve`'] : []),
  ];
}
