import {
  claimAt,
  claimsIn,
  joinParametersIn,
  leasesIn,
  marksOn,
  registrationsIn,
} from '../../../rehearsal/leftovers.ts';
import { type ClusterNode, conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import { balancersFail } from './plan-troubles.ts';
import type { SeedWorld } from './seed-world.ts';

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
 * by hand undoes them. Leases of instances that are gone stay until the next one is taken, or a health pass drops them: they count for nothing meanwhile (docs/adr/0009).
 * @param isLookedAfter whether passes have had the time to clear away what is theirs
 */
export function leftoversOf(seed: SeedWorld, isLookedAfter = true): string[] {
  const { cluster } = seed;
  const kept = keptByHand(seed);
  return [
    ...claimsIn(seed)
      .filter((key) => ![...kept].some((instanceId) => key.includes(instanceId)))
      .filter((key) => isLookedAfter || !isOfStopped(seed, key))
      .map((key) => `claim ${key} is left`),
    ...leasesIn(seed)
      .filter(({ instanceId }) => !kept.has(instanceId))
      .map(({ instanceId, execution }) => `a lease of ${instanceId} is left by ${execution}`),
    ...joinParametersIn(seed).map((name) => `parameter ${name} is left`),
    ...cluster.kubernetes.store.list<ClusterNode>('nodes').flatMap((node) => onNode(seed, node, kept)),
    ...targetsOfNobody(seed),
    ...missingTargets(seed, kept),
    ...foreignTargets(seed),
    ...strangersCordons(seed),
  ];
}

/** Whether a stopped instance's retirement has left a claim for what it notes: the next pass has it swept when the instance was terminated meanwhile. */
export function isOfStopped(seed: SeedWorld, key: string): boolean {
  const { owner, deregistered = [] } = claimAt(seed, key);
  const retirement = seed.deployment.executions('node-retire').find(({ arn }) => arn === owner);
  return deregistered.length > 0 && retirement?.run.inputText.includes('"instance-stopped"') === true;
}

/** Instances of which an execution leaves something on purpose. */
function keptByHand({ deployment }: SeedWorld): ReadonlySet<string> {
  const ended = [...deployment.executions('node-drain'), ...deployment.executions('node-retire')];
  const kept = ended.flatMap(({ stateMachine, run: { outcome, inputText } }) => {
    if (outcome?.status !== 'SUCCEEDED' || inputText.includes('"owner"')) return [];
    const { outcome: what, instanceId } = JSON.parse(outcome.output ?? '{}') as {
      outcome?: string;
      instanceId?: string;
    };
    const byHand = stateMachine.name.endsWith('node-drain') && what === 'drained';
    return instanceId && (byHand || what === 'cordoned') ? [instanceId] : [];
  });
  return new Set(kept);
}

function isAlive({ deployment }: SeedWorld, instanceId: string): boolean {
  const state = deployment.cloud.fleet.instances.all.get(instanceId)?.state;
  return state !== undefined && state !== 'terminated' && state !== 'shutting-down';
}

function onNode(seed: SeedWorld, node: ClusterNode, kept: ReadonlySet<string>): string[] {
  const { metadata, spec } = node;
  const instanceId = spec.providerID?.split('/').at(-1) ?? '';
  if (!isAlive(seed, instanceId) && isServedByAnother(seed, node)) return [];
  if (!isAlive(seed, instanceId)) return [`node ${metadata.name} is left, and its instance ${instanceId} is gone`];
  if (kept.has(instanceId) || seed.memberOf(instanceId)?.state.endsWith(':Retained')) return [];
  const strangers = seed.plan.happenings.some(
    (one) => one.kind === 'somebody-cordons' && seed.instanceOf(one.of) === instanceId,
  );
  return [...marksOn(node), ...(spec.unschedulable && !strangers ? [`${metadata.name} is cordoned`] : [])];
}

/** An instance that was given the address, and the name with it, took the Node as its own: that is left to a person (docs/health.md). */
function isServedByAnother({ deployment }: SeedWorld, node: ClusterNode): boolean {
  const instances = [...deployment.cloud.fleet.instances.all.values()];
  const isNamed = instances.some((one) => one.state === 'running' && one.privateDnsName === node.metadata.name);
  return isNamed && conditionOf(node, 'Ready')?.status === 'True';
}

/**
 * No target is registered for a node that is gone. An address alone tells nobody whose it was: where no event of its instance reached Tender before its Node
 * was gone, too, or while the API server answered, a pass over the load balancers tells it as drift and leaves it (docs/scope.md).
 */
function targetsOfNobody(seed: SeedWorld): string[] {
  const { instances } = seed.deployment.cloud.fleet;
  return registrationsIn(seed).flatMap(({ place, id }) => {
    const owners = id.startsWith('i-')
      ? [id]
      : [...instances.all.values()].flatMap((one) => (one.privateIpAddress === id ? [one.instanceId] : []));
    if (owners.some((one) => isAlive(seed, one))) return [];
    const heard = id.startsWith('i-') || owners.some((one) => wasDrained(seed, one));
    return heard ? [`${id} is registered with ${place}, and is gone`] : [];
  });
}

/** Whether a retirement took it on; one that failed has deregistered it all the same, as far as load balancers answered (S9). */
function wasDrained({ deployment, plan }: SeedWorld, instanceId: string): boolean {
  return deployment.executions('node-retire').some(({ arn, run }) => {
    if (!run.inputText.includes(instanceId)) return false;
    if (run.outcome?.status === 'FAILED')
      return !balancersFail(plan) && deployment.executions('node-drain').some((one) => one.run.inputText.includes(arn));
    const output = run.outcome?.status === 'SUCCEEDED' ? (run.outcome.output ?? '') : '';
    return output !== '' && !output.includes('"outcome":"aside"') && !output.includes('"nodeName":""');
  });
}

/** Where an instance is registered with load balancers that are not somebody else's. */
export function registrationsOf(seed: SeedWorld, instanceId: string): ReturnType<typeof registrationsIn> {
  const { instances } = seed.deployment.cloud.fleet;
  const address = instances.all.get(instanceId)?.privateIpAddress ?? '';
  const isItsOwn = ![...instances.all.values()].some(
    (one) => one.instanceId !== instanceId && one.privateIpAddress === address && isAlive(seed, one.instanceId),
  );
  return registrationsIn(seed).filter(
    ({ place, id }) =>
      place !== seed.extra.get('stranger')?.name && (id === instanceId || (isItsOwn && id === address)),
  );
}

/** Whoever is in service and a healthy node is behind the load balancers that the registry names, as far as it began there. */
function missingTargets(seed: SeedWorld, kept: ReadonlySet<string>): string[] {
  const { cluster, deployment } = seed;
  const serving = cluster.inService().filter((id) => {
    const instance = deployment.cloud.fleet.instances.all.get(id);
    const node = seed.nodeOf(id);
    return (
      instance?.state === 'running' &&
      node !== undefined &&
      conditionOf(node, 'Ready')?.status === 'True' &&
      !node.spec.unschedulable &&
      !kept.has(id)
    );
  });
  return serving.flatMap((id) => missingFrom(seed, id));
}

/** Where an instance that began behind every load balancer that the registry names is behind no more. */
export function missingFrom({ cluster, deployment, extra, first }: SeedWorld, instanceId: string): string[] {
  if (!first.flat().includes(instanceId)) return [];
  const places = ['demo-workers', cluster.classicName, ...(extra.has('ip') ? ['demo-ip'] : [])];
  const there = new Set(registrationsIn({ deployment }).map(({ place, id }) => `${place} ${id}`));
  const address = deployment.cloud.fleet.instances.all.get(instanceId)?.privateIpAddress ?? '';
  return places.flatMap((place) =>
    there.has(`${place} ${place === 'demo-ip' ? address : instanceId}`)
      ? []
      : [`${instanceId} is in service, and not registered with ${place}`],
  );
}

/** Where Tender must not register anybody, and whom it must not take out. */
function foreignTargets(seed: SeedWorld): string[] {
  const all = registrationsIn(seed);
  const first = new Set(seed.first.flat());
  const added = all.filter(({ place, id }) => /-(controller|stranger)$/.test(place) && !first.has(id));
  const guest = seed.guest;
  return [
    ...added.map(({ place, id }) => `${id} was registered with ${place}, which is not Tender's`),
    ...(guest !== undefined && !all.some(({ id }) => id === guest) ? [`${guest} of somebody else was taken out`] : []),
  ];
}

/** A cordon that somebody else has put on a node stays, for as long as the node does. */
function strangersCordons({ cordonedByOthers, cluster }: SeedWorld): string[] {
  const nodes = cluster.kubernetes.store.list<ClusterNode>('nodes');
  return nodes.flatMap(({ metadata, spec }) =>
    cordonedByOthers.has(metadata.uid ?? '') && !spec.unschedulable
      ? [`the cordon that somebody else put on ${metadata.name} is gone`]
      : [],
  );
}
