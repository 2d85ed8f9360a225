import { whyDropped } from '../../src/signals/failed-signal.ts';
import type { Deployment } from '../deployment.ts';
import { age, print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { throughQueues } from './queues.ts';

/** Prints signals that came to nothing, oldest first, and leaves them where they are. Gives how many there are. */
export async function listSignals(
  context: CommandContext,
  deployment: Deployment,
  { limit }: { readonly limit: number },
): Promise<number> {
  let count = 0;
  await throughQueues(deployment, limit, async (found) => {
    count = found.length;
    const value = found.map(({ queue, messageId, sentAt, body, attributes, signal }) => {
      const { again, ...words } = signal;
      const dropped = whyDropped(again, context.now());
      return { queue, id: messageId, sentAt, ...words, ...(dropped !== undefined && { dropped }), body, attributes };
    });
    const rows = value.map(({ queue, id, sentAt, kind, about, why, dropped }) => ({
      id,
      queue,
      age: age(context.now().getTime() - Date.parse(sentAt)),
      kind,
      about: about || undefined,
      why: [why.slice(0, 200), dropped === undefined ? '' : `redriven now, it is dropped: ${dropped}`]
        .filter((one) => one !== '')
        .join('; '),
    }));
    print(context, value, { kind: 'rows', rows, empty: 'There is none: every signal was answered.' });
  });
  return count;
}
