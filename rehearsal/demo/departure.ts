import type { HistoryEntry } from '../../simulator/world/history.ts';
import type { Exit, Occasion } from './acts.ts';

/** How an instance has left. Times are epoch milliseconds of the world. */
export interface Departure {
  readonly occasion: Occasion;
  readonly instanceId: string;
  readonly saidAt: number;
  readonly goesAt: number | undefined;
  /** When its last pod of the application was gone from the API server; undefined unless Tender calls it drained, too. */
  readonly emptyAt: number | undefined;
  /** When EC2 began to shut it down. */
  readonly goneAt: number | undefined;
  /** Until when its NLB opened connections to it; undefined when it was behind none. */
  readonly opensUntil: number | undefined;
  /** What kept its pods, in Tender's words: pod, budget, allowed disruptions. */
  readonly blockers: readonly string[];
}

/** An Event of Kubernetes about a Node, as the story hears it. */
export interface NodeEvent {
  readonly at: number;
  readonly instanceId: string;
  readonly reason: string;
  readonly message: string;
}

/** A pod of the application that is gone from a node. */
export interface PodLeft {
  readonly at: number;
  readonly instanceId: string;
}

/** How those that were to leave have left, by the world's log and what Tender wrote about their nodes. Pure. */
export function departuresOf(
  exits: readonly Exit[],
  history: readonly HistoryEntry[],
  nodeEvents: readonly NodeEvent[],
  podsLeft: readonly PodLeft[],
): Departure[] {
  const taken = new Set(exits.flatMap(({ instanceId }) => instanceId ?? []));
  return exits.flatMap((exit) => {
    const instanceId = exit.instanceId ?? leaverSince(exit.saidAt, history, taken);
    if (instanceId === undefined) return [];
    const heard = nodeEvents.filter((event) => event.instanceId === instanceId && event.at >= exit.saidAt);
    const own = history.filter(({ details }) => details.instanceId === instanceId || details.target === instanceId);
    const emptyAt = podsLeft.findLast((pod) => pod.instanceId === instanceId && pod.at >= exit.saidAt)?.at;
    const closing = own.find(({ event }) => event === 'TargetClosing');
    return {
      ...exit,
      instanceId,
      emptyAt: heard.some(({ reason }) => reason === 'NodeDrained') ? emptyAt : undefined,
      goneAt: own.find(({ event, details }) => event === 'InstanceStateChanged' && details.state === 'shutting-down')
        ?.at,
      opensUntil: closing && closing.at + Number(closing.details.opensForMs),
      blockers: heard.filter(({ reason }) => reason === 'DrainBlocked').map(({ message }) => message),
    };
  });
}

/** The first that Auto Scaling takes out of service since then, other than those that leave for another reason. */
function leaverSince(since: number, history: readonly HistoryEntry[], others: ReadonlySet<string>): string | undefined {
  const found = history.find(
    ({ at, event, details }) =>
      at >= since &&
      event === 'LifecycleStateChanged' &&
      details.state === 'Terminating' &&
      !others.has(String(details.instanceId)),
  );
  return found && String(found.details.instanceId);
}
