import { roleTag } from './names.ts';
import type { Found, FoundGroup } from './ports.ts';

/** Who made a cluster, as far as it matters to who may join nodes. */
export type Flavor = 'eks' | 'kops' | 'kubeadm' | 'other';

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const KOPS_CONTROL_PLANE = ['k8s.io/role/control-plane', 'k8s.io/role/master'];

/** Who made it: by the tags of its groups, the labels of its Nodes and what kubeadm leaves. */
export function flavorOf({ endpoint, groups, nodes, kubeadm }: Found): Flavor {
  const tagged = (key: string) => groups.some(({ tags }) => tags[key] !== undefined);
  const labelled = nodes.some(({ labels }) => Object.keys(labels).some((key) => key.startsWith('eks.amazonaws.com/')));
  const isEks = /\.eks\.amazonaws\.com(\.cn)?(:\d+)?$/.test(endpoint);
  if (isEks || labelled || tagged('eks:cluster-name')) return 'eks';
  if (tagged('kops.k8s.io/instancegroup')) return 'kops';
  return kubeadm ? 'kubeadm' : 'other';
}

/** Whether EKS itself owns the group: it drains and replaces its nodes, and takes back what others put there. */
export function isManaged({ tags }: FoundGroup): boolean {
  return tags['eks:nodegroup-name'] !== undefined;
}

/** What instances of a group are in the cluster: as its tag says, or kOps' tags, or the labels of its Nodes; where it has none, its name. */
export function roleOf({ name, tags, instanceIds }: FoundGroup, { nodes }: Found): string {
  const said = tags[roleTag]?.value;
  if (said !== undefined) return said;
  if (KOPS_CONTROL_PLANE.some((key) => tags[key] !== undefined)) return 'control-plane';
  const own = nodes.filter(({ instanceId }) => instanceIds.includes(instanceId));
  if (own.length === 0) return guessedRole(name);
  return own.some(({ labels }) => labels[CONTROL_PLANE] !== undefined) ? 'control-plane' : 'worker';
}

/** Whether nothing but its name says what a group is. */
export function isGuessed({ tags, instanceIds }: FoundGroup, { nodes }: Found): boolean {
  const said = [roleTag, ...KOPS_CONTROL_PLANE, 'k8s.io/role/node'].some((key) => tags[key] !== undefined);
  return !said && !nodes.some(({ instanceId }) => instanceIds.includes(instanceId));
}

// Taking a control plane for workers would drain it without asking etcd; the other way round a drain is only more careful.
function guessedRole(name: string): string {
  if (/control-?plane|master/i.test(name)) return 'control-plane';
  return /etcd/i.test(name) ? 'etcd' : 'worker';
}
