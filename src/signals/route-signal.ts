import { choosePass } from './choose-pass.ts';
import { chooseRetirement } from './choose-retirement.ts';
import { chooseWorkflow } from './choose-workflow.ts';
import { notificationsIn, openBody } from './envelopes.ts';
import { MalformedSignal } from './errors.ts';
import type { AskedPasses, ClusterDirectory, GroupDirectory, InstanceDirectory, Workflows } from './ports.ts';
import { readNotification } from './read-notification.ts';
import type { HookSignal, InstanceSignal, Signal } from './signal.ts';
import type { Choice } from './workflow-choice.ts';

/** What became of one signal, or of a notification that brought none. */
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

/** What routing needs. */
export interface RoutingPorts {
  readonly groups: GroupDirectory;
  readonly instances: InstanceDirectory;
  readonly clusters: ClusterDirectory;
  readonly passes: AskedPasses;
  readonly workflows: Workflows;
}

/**
 * Turns whatever an invocation brought into executions (S1, S2, S7). Can run again: execution names come from what signals are known by, so that
 * of a notification that failed halfway only the rest is started.
 *
 * In a batch, one bad message never blocks the others. An event that came alone is thrown, so that Lambda hands it to the failure destination.
 * @throws MalformedSignal when the only notification cannot be read.
 */
export async function routeSignal(event: unknown, ports: RoutingPorts, now: Date): Promise<RoutedSignals> {
  const routed: RoutedSignal[] = [];
  const failures: { itemIdentifier: string }[] = [];
  const problems: string[] = [];
  for (const { messageId, body } of notificationsIn(event)) {
    try {
      routed.push(...(await routeNotification(body, ports, now)));
    } catch (error) {
      if (messageId === undefined) throw error;
      failures.push({ itemIdentifier: messageId });
      problems.push(error instanceof MalformedSignal ? error.message : `message ${messageId}: ${String(error)}`);
    }
  }
  return { routed, batchItemFailures: failures, problems };
}

async function routeNotification(body: unknown, ports: RoutingPorts, now: Date): Promise<readonly RoutedSignal[]> {
  const reading = readNotification(openBody(body), now);
  if ('drop' in reading) return [{ outcome: 'dropped', detail: reading.drop }];
  const routed: RoutedSignal[] = [];
  for (const choice of await choicesFor(reading.signals, ports, now))
    routed.push(await startChosen(choice, ports.workflows));
  return routed;
}

/** All signals of a notification come from one place, so their instances are looked up together (S37). */
async function choicesFor(signals: readonly Signal[], ports: RoutingPorts, now: Date): Promise<readonly Choice[]> {
  const about = signals.filter(isAboutInstance);
  const [first] = about;
  const ids = about.map(({ instanceId }) => instanceId);
  const entries = first && (await ports.instances.find(ids, first));
  return Promise.all(
    signals.map(async (signal) => {
      if (signal.kind === 'node-problem') return choosePass(signal, ports, now);
      return isAboutInstance(signal)
        ? chooseRetirement(signal, entries?.get(signal.instanceId))
        : chooseForHook(signal, ports.groups);
    }),
  );
}

/**
 * A thousand hooks of one group come within seconds, and Auto Scaling answers some ten questions a second: what is remembered of the group is enough
 * to start with. To drop a signal it is not, because tags may have been set since.
 */
async function chooseForHook(signal: HookSignal, groups: GroupDirectory): Promise<Choice> {
  const remembered = await startByMemory(signal, groups);
  if (remembered) return remembered;
  try {
    return chooseWorkflow(signal, await groups.find(signal.groupName, signal));
  } catch (error) {
    // Of many that asked at once some were answered, and remembered it.
    const meanwhile = await startByMemory(signal, groups);
    if (meanwhile) return meanwhile;
    throw error;
  }
}

async function startByMemory(signal: HookSignal, groups: GroupDirectory): Promise<Choice | undefined> {
  const group = await groups.recall(signal.groupName, signal);
  const choice = group && chooseWorkflow(signal, group);
  return choice && !('drop' in choice) ? choice : undefined;
}

function isAboutInstance(signal: Signal): signal is InstanceSignal {
  return 'instanceId' in signal && signal.kind !== 'launch-hook' && signal.kind !== 'terminate-hook';
}

async function startChosen(choice: Choice, workflows: Workflows): Promise<RoutedSignal> {
  if ('drop' in choice) return { outcome: 'dropped', detail: choice.drop };
  const { workflow, name, input } = choice;
  if (!workflows.has(workflow)) return { outcome: 'dropped', detail: `this deployment has no ${workflow}` };
  const outcome = await workflows.start(workflow, name, input);
  return { outcome, detail: workflow, execution: name };
}
