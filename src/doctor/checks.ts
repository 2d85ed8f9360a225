import type { Check } from './check.ts';
import { accessChecks } from './checks/access.ts';
import { apiServerChecks } from './checks/api-server.ts';
import { deploymentChecks } from './checks/deployment.ts';
import { etcdChecks } from './checks/etcd.ts';
import { groupChecks } from './checks/groups.ts';
import { hookChecks } from './checks/hooks.ts';
import { loadBalancerChecks } from './checks/load-balancers.ts';
import { networkChecks } from './checks/network.ts';
import { nodeChecks } from './checks/nodes.ts';
import { ownerChecks } from './checks/owners.ts';
import { permissionChecks } from './checks/permissions.ts';
import { registryChecks } from './checks/registry.ts';
import { templateChecks } from './checks/templates.ts';
import { userHookChecks } from './checks/user-hooks.ts';
import type { Finding } from './finding.ts';
import type { ClusterFacts } from './ports.ts';

/** Everything that is checked, in the order in which one mends it. */
export const checks: readonly Check[] = [
  ...registryChecks,
  ...groupChecks,
  ...hookChecks,
  ...userHookChecks,
  ...ownerChecks,
  ...templateChecks,
  ...permissionChecks,
  ...apiServerChecks,
  ...accessChecks,
  ...nodeChecks,
  ...loadBalancerChecks,
  ...etcdChecks,
  ...networkChecks,
  ...deploymentChecks,
];

/** What is wrong with a cluster, faults first; nothing where all is well. */
export function diagnose(facts: ClusterFacts): readonly Finding[] {
  const found = checks.flatMap((check) => check.examine(facts));
  const order = ['fault', 'warning', 'unknown'];
  return found.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}
