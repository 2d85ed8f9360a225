import { nodeGroupTag } from './names.ts';
import type { GroupFacts } from './ports.ts';

/** Who else acts on the instances of a group (S45), for people: `EKS node group general`, `cluster-autoscaler`. */
export function groupOwners({ tags, refreshing, capacityRebalance, maxInstanceLifetimeSeconds }: Owned): string[] {
  const value = (key: string) => tags[key]?.value;
  const nodeGroup = value(nodeGroupTag);
  const stack = value('aws:cloudformation:stack-name');
  const days = Math.round(maxInstanceLifetimeSeconds / 86_400);
  return [
    ...(nodeGroup === undefined ? [] : [`EKS node group ${nodeGroup}`]),
    ...(value('karpenter.sh/nodepool') === undefined ? [] : ['Karpenter']),
    ...(value('k8s.io/cluster-autoscaler/enabled') === undefined ? [] : ['cluster-autoscaler']),
    ...(value('KubernetesCluster') === undefined || value('kops.k8s.io/instancegroup') === undefined ? [] : ['kOps']),
    ...(stack === undefined ? [] : [`stack ${stack}`]),
    ...(refreshing ? ['an instance refresh'] : []),
    ...(capacityRebalance ? ['Capacity Rebalancing'] : []),
    ...(days === 0 ? [] : [`a maximum instance lifetime of ${days} days`]),
  ];
}

type Owned = Pick<GroupFacts, 'tags' | 'refreshing' | 'capacityRebalance' | 'maxInstanceLifetimeSeconds'>;
