import { Client, Connection } from '@temporalio/client';
import type { Service } from './service.ts';

/** The signals that a message's workflow has got, in order: name and argument of each. */
export async function signalsOf({ temporal }: Service, messageId: string): Promise<[string, unknown][]> {
  const { address, namespace } = temporal;
  const connection = await Connection.connect({ address });
  try {
    const handle = new Client({ connection, namespace }).workflow.getHandle(`message-${messageId}`);
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
      const [payload] = signal?.input?.payloads ?? [];
      return signal == null ? [] : [[signal.signalName ?? '', JSON.parse(Buffer.from(payload?.data ?? []).toString())]];
    });
  } finally {
    await connection.close();
  }
}
