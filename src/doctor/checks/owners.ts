import { check } from '../check.ts';
import type { Complaint } from '../finding.ts';
import { nodeGroupTag } from '../names.ts';
import type { GroupFacts, NodeFacts } from '../ports.ts';

const SUBJECT = 'owners';

function nodesWith(nodes: readonly NodeFacts[], key: string, value?: string): readonly NodeFacts[] {
  return nodes.filter(({ labels }) => labels[key] !== undefined && (value === undefined || labels[key] === value));
}

/** Some things by name, and how many more. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function forNodes(nodes: readonly NodeFacts[], complaint: Omit<Complaint, 'about'>): readonly Complaint[] {
  return nodes.length === 0 ? [] : [{ about: some(nodes.map(({ name }) => name)), ...complaint }];
}

function forGroups(
  groups: readonly GroupFacts[],
  of: (group: GroupFacts) => Omit<Complaint, 'about'>,
): readonly Complaint[] {
  return groups.map((group) => ({ about: group.name, ...of(group) }));
}

/** Who else replaces, drains or terminates these nodes (S45). */
export const ownerChecks = [
  check({
    id: 'owner-node-group',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is no group a managed node group of EKS?',
    of: ({ groups }) => groups,
    find: (groups) =>
      forGroups(
        groups.filter(({ tags }) => tags[nodeGroupTag] !== undefined),
        ({ tags }) => ({
          message: `EKS owns it as node group ${tags[nodeGroupTag]?.value}, which drains its nodes: Tender has EKS roll it, and retires its nodes only where they go anyway`,
          cure: 'nothing, if EKS is to roll it by updates.policy (docs/updates.md); else updates.groups.<group>.policy: off',
        }),
      ),
  }),
  check({
    id: 'owner-instance-refresh',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is no instance refresh under way?',
    of: ({ groups }) => groups,
    find: (groups) =>
      forGroups(
        groups.filter(({ refreshing }) => refreshing),
        ({ name }) => ({
          message: 'an instance refresh replaces its instances now; Tender drains them, and starts no update meanwhile',
          cure: 'wait for its end, or cancel it and use npx tender update start',
          command: `aws autoscaling cancel-instance-refresh --auto-scaling-group-name ${name}`,
        }),
      ),
  }),
  check({
    id: 'owner-capacity-rebalance',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Where Capacity Rebalancing is on, does Tender leave rebalance recommendations to it?',
    of: ({ groups, entry }) => (entry.retire.rebalance === 'ignore' ? undefined : groups),
    find: (groups, { entry }) =>
      forGroups(
        groups.filter(({ capacityRebalance }) => capacityRebalance),
        ({ name }) => ({
          message: `Capacity Rebalancing replaces its instances on a recommendation, and retire.rebalance is ${entry.retire.rebalance}: both act`,
          cure: 'set retire.rebalance to ignore, or turn Capacity Rebalancing off',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --no-capacity-rebalance`,
        }),
      ),
  }),
  check({
    id: 'owner-instance-lifetime',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Has no group a maximum instance lifetime?',
    of: ({ groups }) => groups,
    find: (groups) =>
      forGroups(
        groups.filter(({ maxInstanceLifetimeSeconds }) => maxInstanceLifetimeSeconds > 0),
        ({ name, maxInstanceLifetimeSeconds: seconds }) => ({
          message: `Auto Scaling replaces its instances after ${Math.round(seconds / 86_400)} days, whatever windows and budgets say`,
          cure: 'turn it off, and use updates.maxNodeAgeDays',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --max-instance-lifetime 0`,
        }),
      ),
  }),
  check({
    id: 'owner-cluster-autoscaler',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Where cluster-autoscaler scales a group, is there room for what updates launch?',
    of: ({ groups }) => groups,
    find: (groups) =>
      forGroups(
        groups.filter(
          ({ tags, desired, max }) => tags['k8s.io/cluster-autoscaler/enabled'] && desired >= max && max > 0,
        ),
        ({ name, max }) => ({
          message: `cluster-autoscaler scales it and it is at its maximum of ${max}: pods of drained nodes find no room, and updates launch nothing first`,
          cure: 'raise the maximum size',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --max-size ${max + 1}`,
        }),
      ),
  }),
  check({
    id: 'owner-karpenter',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does Karpenter own no node?',
    of: ({ kubernetes }) => kubernetes.nodes,
    find: (nodes) =>
      forNodes(nodesWith(nodes, 'karpenter.sh/nodepool'), {
        message: 'Karpenter launches, drains and replaces these nodes: Tender cleans up after them at most',
        cure: 'nothing, if that is meant; nodes of Karpenter are in no Auto Scaling group of Tender’s',
        command: 'kubectl get nodes -l karpenter.sh/nodepool',
      }),
  }),
  check({
    id: 'owner-auto-mode',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does EKS Auto Mode own no node?',
    of: ({ kubernetes }) => kubernetes.nodes,
    find: (nodes) =>
      forNodes(nodesWith(nodes, 'eks.amazonaws.com/compute-type', 'auto'), {
        message: 'EKS Auto Mode owns these nodes: nobody else may drain or replace them',
        cure: 'nothing, if that is meant',
        command: 'kubectl get nodes -l eks.amazonaws.com/compute-type=auto',
      }),
  }),
];
