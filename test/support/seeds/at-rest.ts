import { keysIn } from '../../../rehearsal/leftovers.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import type { SeedWorld } from './seed-world.ts';

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** Whether nothing is under way any more: no execution, no hook, and every group has what it wants. */
export function isAtRest({ deployment }: SeedWorld): boolean {
  const { states, fleet } = deployment.cloud;
  if (states.executions().some(({ run }) => run.outcome === undefined)) return false;
  return [...fleet.groups.all.values()].every(({ members, desired }) => {
    const all = [...members.values()].map(({ state }) => state);
    return all.every((state) => /^(InService|.*:Retained)$/.test(state)) && count(all, 'InService') === desired;
  });
}

function count(states: readonly string[], wanted: string): number {
  return states.filter((state) => state === wanted).length;
}

/** What keeps a world from coming to rest, for people. */
export function whyNotAtRest({ deployment }: SeedWorld): string[] {
  const { states, fleet } = deployment.cloud;
  const running = states.executions().filter(({ run }) => run.outcome === undefined);
  return [
    ...running.map(({ stateMachine, name, run }) => {
      const last = run.history.findLast((event) => event.stateEnteredEventDetails)?.stateEnteredEventDetails?.name;
      return `${stateMachine.name} ${name} is in ${last}`;
    }),
    ...[...fleet.groups.all.values()].flatMap(({ name, members, desired }) => {
      const all = [...members.values()].map(({ state }) => state);
      return count(all, 'InService') === desired ? [] : [`${name} wants ${desired} and has ${all.join(', ')}`];
    }),
  ];
}

/**
 * What is left although nothing is under way: sentences, empty when all is well.
 *
 * A drain by hand keeps its node cordoned, excluded and deregistered, its claim and its lease, and so does the policy `cordon`: they say so, and a sweep
 * by hand undoes them. Leases of instances that are gone stay until the next one is taken: they count for nothing meanwhile (docs/adr/0009).
 */
export function leftoversOf(seed: SeedWorld): string[] {
  const { deployment, cluster } = seed;
  const kept = keptByHand(seed);
  const bucket = deployment.cloud.buckets.find(deployment.resource('StateBucket'));
  const ledger = bucket?.versions.get(`disruptions/${cluster.name}.json`)?.at(-1);
  const leases = ledger
    ? (JSON.parse(Buffer.from(ledger.body).toString()) as { leases: { instanceId: string; execution: string }[] })
        .leases
    : [];
  return [
    ...keysIn({ deployment, cluster }, 'claims/')
      .filter((key) => !kept.some((one) => key.includes(one.instanceId)))
      .map((key) => `claim ${key} is left`),
    ...leases
      .filter(({ instanceId }) => isAlive(seed, instanceId) && !kept.some((one) => one.instanceId === instanceId))
      .map(({ instanceId, execution }) => `a lease of ${instanceId} is left by ${execution}`),
    ...deployment.cloud.parameters
      .list()
      .filter(({ name }) => name.startsWith('/tender/join/'))
      .map(({ name }) => `parameter ${name} is left`),
    ...cluster.kubernetes.store.list<ClusterNode>('nodes').flatMap((node) => onNode(seed, node, kept)),
    ...targetsOfNobody(seed),
    ...missingTargets(seed, kept),
    ...foreignTargets(seed),
  ];
}

/** Executions that leave something on purpose, and of which instance. */
interface Kept {
  readonly instanceId: string;
  readonly execution: ExecutionRecord;
}

function keptByHand({ deployment }: SeedWorld): Kept[] {
  const ended = [...deployment.executions('node-drain'), ...deployment.executions('node-retire')];
  return ended.flatMap((execution) => {
    const { outcome, inputText } = execution.run;
    if (outcome?.status !== 'SUCCEEDED' || inputText.includes('"owner"')) return [];
    const output = JSON.parse(outcome.output ?? '{}') as { outcome?: string; instanceId?: string };
    const byHand = execution.stateMachine.name.endsWith('node-drain') && output.outcome === 'drained';
    return byHand || output.outcome === 'cordoned' ? [{ instanceId: output.instanceId ?? '', execution }] : [];
  });
}

function isAlive({ deployment }: SeedWorld, instanceId: string): boolean {
  const state = deployment.cloud.fleet.instances.all.get(instanceId)?.state;
  return state !== undefined && state !== 'terminated' && state !== 'shutting-down';
}

function isRetained({ deployment }: SeedWorld, instanceId: string): boolean {
  const groups = [...deployment.cloud.fleet.groups.all.values()];
  return groups.some(({ members }) => members.get(instanceId)?.state.endsWith(':Retained') === true);
}

function onNode(seed: SeedWorld, { metadata, spec }: ClusterNode, kept: readonly Kept[]): string[] {
  const { name, annotations = {}, labels = {} } = metadata;
  const instanceId = spec.providerID?.split('/').at(-1) ?? '';
  if (!isAlive(seed, instanceId)) return [`node ${name} is left, and its instance ${instanceId} is gone`];
  if (kept.some((one) => one.instanceId === instanceId) || isRetained(seed, instanceId)) return [];
  const strangers = seed.plan.happenings.some(
    (one) => one.kind === 'somebody-cordons' && seed.instanceOf(one.of) === instanceId,
  );
  return [
    ...['tender.sh/owner', 'tender.sh/marks'].flatMap((key) =>
      annotations[key] === undefined ? [] : [`${name} has ${key}=${annotations[key]}`],
    ),
    ...(spec.unschedulable && !strangers ? [`${name} is cordoned`] : []),
    ...(labels[EXCLUDED] === undefined ? [] : [`${name} has the label ${EXCLUDED}`]),
    ...(spec.taints ?? []).flatMap(({ key }) => (key === OUT_OF_SERVICE ? [`${name} has the taint ${key}`] : [])),
  ];
}

interface Registered {
  readonly place: string;
  readonly id: string;
}

function registered({ deployment }: SeedWorld): Registered[] {
  const { loadBalancing, classic } = deployment.cloud.fleet;
  return [
    ...[...loadBalancing.targetGroups.values()].flatMap(({ name, targets }) =>
      [...targets.values()].flatMap(({ id, drainsUntil }) => (drainsUntil === undefined ? [{ place: name, id }] : [])),
    ),
    ...[...classic.all.values()].flatMap(({ name, instances }) =>
      [...instances.values()].flatMap(({ instanceId, drainsUntil }) =>
        drainsUntil === undefined ? [{ place: name, id: instanceId }] : [],
      ),
    ),
  ];
}

/**
 * No target is registered for a node that is gone. An address alone tells nobody whose it was: where no event of its instance reached Tender before its Node
 * was gone, too, a pass over the load balancers tells it as drift and leaves it.
 */
function targetsOfNobody(seed: SeedWorld): string[] {
  const { instances } = seed.deployment.cloud.fleet;
  return registered(seed).flatMap(({ place, id }) => {
    const owners = id.startsWith('i-')
      ? [id]
      : [...instances.all.values()].flatMap((one) => (one.privateIpAddress === id ? [one.instanceId] : []));
    if (owners.some((one) => isAlive(seed, one))) return [];
    const heard = id.startsWith('i-') || owners.some((one) => wasRetired(seed, one));
    return heard ? [`${id} is registered with ${place}, and is gone`] : [];
  });
}

function wasRetired({ deployment }: SeedWorld, instanceId: string): boolean {
  return deployment.executions('node-retire').some(({ run }) => {
    const aside = run.outcome?.status === 'SUCCEEDED' && run.outcome.output?.includes('"outcome":"aside"');
    return run.inputText.includes(instanceId) && !aside;
  });
}

/** Whoever is in service and a healthy node is behind the load balancers that the registry names, as far as it began there. */
function missingTargets(seed: SeedWorld, kept: readonly Kept[]): string[] {
  const { cluster, deployment, extra } = seed;
  const places = ['demo-workers', cluster.classicName, ...(extra.has('ip') ? ['demo-ip'] : [])];
  const there = new Set(registered(seed).map(({ place, id }) => `${place} ${id}`));
  const serving = cluster.inService().filter((id) => {
    const instance = deployment.cloud.fleet.instances.all.get(id);
    const node = cluster.kubernetes.store
      .list<ClusterNode>('nodes')
      .find(({ spec }) => spec.providerID?.endsWith(`/${id}`));
    const ready = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    return (
      seed.first.flat().includes(id) &&
      instance?.state === 'running' &&
      ready &&
      !node?.spec.unschedulable &&
      !kept.some((one) => one.instanceId === id)
    );
  });
  return serving.flatMap((id) =>
    places.flatMap((place) => {
      const target = place === 'demo-ip' ? (deployment.cloud.fleet.instances.all.get(id)?.privateIpAddress ?? '') : id;
      return there.has(`${place} ${target}`) ? [] : [`${id} is in service, and not registered with ${place}`];
    }),
  );
}

/** Where Tender must not register anybody, and whom it must not take out. */
function foreignTargets(seed: SeedWorld): string[] {
  const all = registered(seed);
  const first = new Set(seed.first.flat());
  const added = all.filter(({ place, id }) => /-(controller|stranger)$/.test(place) && !first.has(id));
  const guest = seed.guest;
  return [
    ...added.map(({ place, id }) => `${id} was registered with ${place}, which is not Tender's`),
    ...(guest !== undefined && !all.some(({ id }) => id === guest) ? [`${guest} of somebody else was taken out`] : []),
  ];
}
