import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';
import { budget } from './watch-disruptions.ts';

/** What Tender begins by its own choice: whoever asked for it can wait for a place. Started by hand, a retirement names no signal. */
const BY_CHOICE: readonly (string | undefined)[] = [undefined, 'manual', 'rebalance-recommendation', 'os-update'];

/**
 * What the ledger promises is seen on the nodes: of members that Auto Scaling calls in service and healthy, Tender never has more cordoned by its own choice than their
 * group and the cluster may have out, by the marks on the nodes and the executions that they name. A group counts as large as it was at any moment since the
 * oldest of these executions began: one that has become smaller meanwhile gives nobody up.
 */
export function watchCordons(seed: SeedWorld, violations: Violations): void {
  const sizes: { readonly at: number; readonly desired: ReadonlyMap<string, number> }[] = [];
  const note = () => sizes.push({ at: seed.world.now(), desired: desiredOf(seed) });
  note();
  seed.world.history.listen(({ source }) => {
    if (source === 'autoscaling') note();
  });
  seed.cluster.kubernetes.store.listen('nodes', ({ object, previous }) => {
    const isCordoned = (object as ClusterNode).spec.unschedulable === true;
    if (!isCordoned || (previous as ClusterNode | undefined)?.spec.unschedulable === true) return;
    const chosen = chosenIn(seed);
    const since = Math.min(...chosen.map(({ startedAt }) => startedAt));
    const largest = (name: string) => {
      const first = sizes.findLastIndex(({ at }) => at <= since);
      return Math.max(...sizes.slice(Math.max(0, first)).map(({ desired }) => desired.get(name) ?? 0));
    };
    const problem = problemOf(seed, chosen, largest);
    if (problem !== undefined) violations.add('disruptions', problem);
  });
}

interface Chosen {
  readonly nodeName: string;
  readonly group: string;
  readonly startedAt: number;
}

function desiredOf({ deployment }: SeedWorld): ReadonlyMap<string, number> {
  return new Map([...deployment.cloud.fleet.groups.all.values()].map(({ name, desired }) => [name, desired]));
}

function chosenIn(seed: SeedWorld): Chosen[] {
  const executions = seed.deployment.cloud.states.executions();
  const nodes = seed.cluster.kubernetes.store.list<ClusterNode>('nodes');
  return nodes.flatMap(({ metadata: { name, annotations = {} }, spec }) => {
    const instanceId = spec.providerID?.split('/').at(-1) ?? '';
    const group = seed.deployment.cloud.fleet.groups.scaling.groupOf(instanceId);
    const member = group?.members.get(instanceId);
    const owner = executions.find(({ arn }) => arn === annotations['tender.sh/owner']);
    const isOurs = spec.unschedulable === true && annotations['tender.sh/marks']?.includes('cordon') === true;
    if (!isOurs || !group || member?.state !== 'InService' || member.health !== 'Healthy') return [];
    return owner && isByChoice(owner) ? [{ nodeName: name, group: group.name, startedAt: owner.run.startedAt }] : [];
  });
}

function isByChoice({ stateMachine, run }: ExecutionRecord): boolean {
  const { signal } = JSON.parse(run.inputText) as { signal?: string };
  return /-node-(retire|drain)$/.test(stateMachine.name) && BY_CHOICE.includes(signal);
}

function problemOf(
  { plan, cluster }: SeedWorld,
  chosen: readonly Chosen[],
  sizeOf: (group: string) => number,
): string | undefined {
  const { perGroup, perCluster } = plan.policy.disruptions;
  for (const name of new Set(chosen.map(({ group }) => group))) {
    const own = chosen.filter(({ group }) => group === name);
    if (own.length > budget(perGroup, sizeOf(name)))
      return `${named(own)} of ${sizeOf(name)} of ${name} are cordoned by choice, and ${perGroup} may be`;
  }
  const size = cluster.workerGroups.reduce((sum, name) => sum + sizeOf(name), 0);
  if (chosen.length <= budget(perCluster, size)) return undefined;
  return `${named(chosen)} of ${size} of the cluster are cordoned by choice, and ${perCluster} may be`;
}

function named(chosen: readonly Chosen[]): string {
  return chosen.map(({ nodeName }) => nodeName).join(', ');
}
