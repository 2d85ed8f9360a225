import { executionName } from './execution-name.ts';
import type { InstanceEntry } from './ports.ts';
import type { InstanceSignal } from './signal.ts';
import type { Choice } from './workflow-choice.ts';

/** The lifecycle states in which no node is behind a state change: in a warm pool; and for a stop, on the way into service, where the bootstrap answers for it. */
const nodeless: Readonly<Partial<Record<InstanceSignal['kind'], RegExp>>> = {
  'instance-stopped': /^(Warmed|Pending)(:|$)/,
  'instance-terminated': /^Warmed:/,
};

/**
 * What a signal about an instance starts. Instances of no group of ours are somebody else's (S7), also Karpenter's in a cluster of ours (S45).
 *
 * A warm pool stops its instances, and terminates some: there is no node behind them. A stop that is told late, when the instance has left the
 * pool again, is none either; an instance that is terminated may have been a node all the same, whatever Auto Scaling still says of it.
 */
export function chooseRetirement(signal: InstanceSignal, entry: InstanceEntry | undefined): Choice {
  const { kind, instanceId, reference, deadline } = signal;
  if (!entry) {
    return { drop: `instance ${instanceId} is in no group of a cluster, or lies where no cluster is registered` };
  }
  const { cluster, groupName, lifecycleState = '' } = entry;
  if (nodeless[kind]?.test(lifecycleState)) {
    return { drop: `instance ${instanceId} of group ${groupName} is ${lifecycleState}: no node is behind it` };
  }
  const name = executionName(cluster, instanceId, reference);
  // What is wrong is for the pass to find: it looks at all of the cluster, and its breakers hold.
  if (kind === 'instance-alarm') return { workflow: 'check-health', name, input: { cluster } };
  return {
    workflow: 'node-retire',
    name,
    input: { cluster, instanceId, signal: kind, ...(deadline !== undefined && { deadline }) },
  };
}
