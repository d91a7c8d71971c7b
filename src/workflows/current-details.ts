import type { Delivery } from '../domain/delivery.ts';

/** What an operator sees at the top of the workflow's page in the Temporal UI, in Markdown: no personal data. */
export function describeDelivery(delivery: Delivery, attempts: number): string {
  const rows = [
    `**Status** ${delivery.status}`,
    `**Channel** ${delivery.channel} (plan: ${describePlan(delivery)})`,
    `**Attempts** ${attempts}`,
    `**Last error** ${delivery.failure === null ? 'none' : `\`${delivery.failure.code}\` (${delivery.failure.kind})`}`,
    `**Now** ${describeNext(delivery)}`,
    `**Signals that work now** ${signalsThatWork(delivery).join(', ') || 'none'}`,
  ];
  return rows.join('  \n');
}

function describePlan({ plan, round }: Delivery): string {
  const channels = plan.channels.join(' → ');
  return plan.rounds === undefined ? channels : `${channels}, round ${round} of ${plan.rounds}`;
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

function signalsThatWork({ plan, channel, next }: Delivery): string[] {
  if (next.do === 'end') return [];
  const waitingFor = next.do === 'wait' ? next.for : null;
  // Nothing goes out before its sender's own time; a wait for the end of quiet hours is a later one.
  const isScheduled = next.do === 'wait' && next.for === 'schedule';
  const waitsForSender = isScheduled && plan.sendAt !== null && next.until <= Date.parse(plan.sendAt);
  return [
    ...(waitingFor === 'receipt' || waitsForSender ? [] : ['`retry`']),
    `\`switchChannel\` with \`{"channel": "${channel === 'sms' ? 'email' : 'sms'}"}\``,
    '`cancel`',
    ...(plan.until === 'acknowledged' ? ['`acknowledge`'] : []),
    ...(waitingFor === 'operator' ? ['`resolve`'] : []),
  ];
}
