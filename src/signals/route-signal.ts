import { chooseWorkflow } from './choose-workflow.ts';
import { notificationsIn, openBody } from './envelopes.ts';
import { MalformedSignal } from './errors.ts';
import { readHookNotification } from './hook-event.ts';
import type { GroupDirectory, Workflows } from './ports.ts';

/** What became of one notification. */
export interface RoutedSignal {
  readonly outcome: 'started' | 'already-started' | 'dropped';
  /** The workflow, or why it was dropped. */
  readonly detail: string;
  readonly execution?: string | undefined;
}

/** The answer to Lambda: for SQS, the messages that are to come again (and end in their dead-letter queue). */
export interface RoutedSignals {
  readonly routed: readonly RoutedSignal[];
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  /** Why those failed. */
  readonly problems: readonly string[];
}

/**
 * Turns whatever an invocation brought into executions (S1, S2, S7). Can run again: execution names come from lifecycle action tokens.
 *
 * In a batch, one bad message never blocks the others. An event that came alone is thrown, so that Lambda hands it to the failure destination.
 * @throws MalformedSignal when the only notification cannot be read.
 */
export async function routeSignal(
  event: unknown,
  ports: { groups: GroupDirectory; workflows: Workflows },
): Promise<RoutedSignals> {
  const routed: RoutedSignal[] = [];
  const failures: { itemIdentifier: string }[] = [];
  const problems: string[] = [];
  for (const { messageId, body } of notificationsIn(event)) {
    try {
      routed.push(await routeOne(body, ports));
    } catch (error) {
      if (messageId === undefined) throw error;
      failures.push({ itemIdentifier: messageId });
      problems.push(error instanceof MalformedSignal ? error.message : `message ${messageId}: ${String(error)}`);
    }
  }
  return { routed, batchItemFailures: failures, problems };
}

async function routeOne(
  body: unknown,
  { groups, workflows }: { groups: GroupDirectory; workflows: Workflows },
): Promise<RoutedSignal> {
  const reading = readHookNotification(openBody(body));
  if ('drop' in reading) return { outcome: 'dropped', detail: reading.drop };
  const choice = chooseWorkflow(reading.signal, await groups.find(reading.signal.groupName, reading.signal));
  if ('drop' in choice) return { outcome: 'dropped', detail: choice.drop };
  if (!workflows.has(choice.workflow))
    return { outcome: 'dropped', detail: `this deployment has no ${choice.workflow}` };
  const outcome = await workflows.start(choice.workflow, choice.name, choice.input);
  return { outcome, detail: choice.workflow, execution: choice.name };
}
