import { type HeldMessage, lookThrough } from '../../src/aws/signal-queues.ts';
import { type FailedSignal, readFailedSignal } from '../../src/signals/failed-signal.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';

/** Where signals end that came to nothing. */
const QUEUES = ['failed-signals', 'undelivered-events'] as const;

/** A message with what it means. */
export type Found = HeldMessage & { readonly signal: FailedSignal };

/** Looks through both queues, and gives back all that was not removed meanwhile. */
export async function throughQueues(
  { environment, stage }: Deployment,
  limit: number,
  work: (found: readonly Found[]) => Promise<void>,
): Promise<void> {
  const home = homeAws(environment);
  const router = `tender-${stage}-route-signal`;
  const read = (messages: readonly HeldMessage[]) =>
    messages.map((message) => ({
      ...message,
      queue: message.queue.replace(`tender-${stage}-`, ''),
      signal: readFailedSignal(message, router),
    }));
  const [first, second] = QUEUES.map((queue) => `tender-${stage}-${queue}`);
  await lookThrough(home, first ?? '', limit, (failed) =>
    lookThrough(home, second ?? '', limit, (undelivered) => work([...read(failed), ...read(undelivered)])),
  );
}
