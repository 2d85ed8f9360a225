import { isDeepStrictEqual } from 'node:util';
import { attemptAll } from './attempt-all.ts';
import { deregisterGone } from './deregister-gone.ts';
import { LoadBalancersNotSynced, type TargetFailure } from './errors.ts';
import { inParallel } from './in-parallel.ts';
import { lookUpMap } from './look-up-map.ts';
import { type BalancerPlan, type BalancerView, planSync } from './plan-sync.ts';
import type {
  ClusterAttachments,
  ClusterMembers,
  Departures,
  InstanceStates,
  ListedNodes,
  LoadBalancerMaps,
  NotedTarget,
  RegisteredInstances,
  RegisteredTargets,
  RoleTargets,
  TaggedLoadBalancers,
  TargetChanges,
  TargetGroups,
} from './ports.ts';
import { rememberAddresses } from './remember-addresses.ts';
import { doubtful, mayServe, nodeFinder, standings } from './standings.ts';
import { targetName } from './target-name.ts';
import { viewBalancers } from './view-balancers.ts';

export interface SyncPorts {
  readonly maps: LoadBalancerMaps;
  readonly tagged: TaggedLoadBalancers;
  readonly targetGroups: Pick<TargetGroups, 'describe'>;
  readonly targets: RegisteredTargets;
  readonly instances: Pick<RegisteredInstances, 'instances'>;
  readonly members: ClusterMembers;
  readonly attachments: ClusterAttachments;
  readonly ec2: InstanceStates;
  readonly nodes: ListedNodes;
  readonly changes: TargetChanges;
  readonly departures: Pick<Departures, 'noted'>;
}

/** What a cluster's registry entry says about its load balancers; the registry's `Cluster` has this shape. */
export interface SyncPolicy {
  readonly name: string;
  readonly roles: Readonly<Record<string, RoleTargets>>;
  readonly join: { readonly timeoutSeconds: number };
}

/** What a pass did, for people: `demo-workers i-0abc:30080`. */
export interface Sync {
  readonly registered: readonly string[];
  readonly deregistered: readonly string[];
  readonly drift: readonly string[];
}

/**
 * Brings the load balancers that the registry names in step with the nodes (S21), and writes the map that drains read (S22). Groups that a controller
 * in the cluster owns are left to it (S20). An API server that does not answer says nothing about nodes: then nothing is changed.
 * Can run again, and beside a drain: who is registered is read before the Nodes, a node that a drain has marked meanwhile is taken out again, and a healthy
 * target is deregistered only where another serves, right before and right after.
 *
 * @param onDrift told of what is not as it should be and is left so, also when the pass then fails
 * @throws LoadBalancersNotSynced when everything was tried; what the API server fails with
 */
export async function syncLoadBalancers(
  policy: SyncPolicy,
  ports: SyncPorts,
  now: () => Date,
  onDrift: (drift: readonly string[]) => void,
): Promise<Sync> {
  const before = new Map(Object.entries((await ports.maps.read(policy.name))?.addresses ?? {}));
  const found = await lookUpMap(policy.name, ports, now());
  // Where it is not known, each drain asks about its own group.
  const attached = await ports.attachments.attachedIn(policy.name).catch(() => undefined);
  const map = { ...found, addresses: Object.fromEntries(before), ...(attached && { attached }) };
  await ports.maps.write(policy.name, map);
  const { views, drift, failures } = await viewBalancers(policy.roles, map, ports);
  const seen = await seeMembers(policy, views, before, ports);
  const members = standings(seen, now());
  const addresses = rememberAddresses(views, members, before, failures.length === 0);
  if (!isDeepStrictEqual(addresses, before))
    await ports.maps.write(policy.name, { ...map, addresses: Object.fromEntries(addresses) });
  const trustNodes = !doubtful(members.values());
  const plan = (view: BalancerView) => planSync(view, members, { instances: seen.instances, addresses }, trustNodes);
  const plans = views.map(plan);
  const wanted = await withoutNoted(policy.name, plans, members, ports);
  const entered = await apply(wanted, ports.changes.registerAll);
  const leaving = views.map((view, nth) => ({ view, deregister: plans[nth]?.deregister ?? [] }));
  const left = await deregisterGone(leaving, { plan, runs: runsAmong(members) }, ports);
  const recalled = await recall(entered.targets, members, seen, ports);
  const drifting = [...drift, ...plans.flatMap((one) => one.drift), ...left.drift, ...refused(wanted, entered)];
  if (drifting.length > 0) onDrift(drifting);
  const all = [...failures, ...entered.failures, ...left.failures, ...recalled.failures];
  if (all.length > 0) throw new LoadBalancersNotSynced(policy.name, all);
  const out = new Set(recalled.targets.map(targetName));
  return {
    registered: entered.targets.map(targetName).filter((one) => !out.has(one)),
    deregistered: left.targets.map(targetName),
    drift: drifting,
  };
}

async function seeMembers(
  policy: SyncPolicy,
  views: readonly BalancerView[],
  addresses: ReadonlyMap<string, string>,
  ports: SyncPorts,
) {
  const members = await ports.members.membersOf(policy.name);
  const registered = views.filter(({ byAddress }) => !byAddress).flatMap((view) => view.registered);
  const ids = [
    ...members.map(({ instanceId }) => instanceId),
    ...registered.map(({ target }) => target.id),
    ...addresses.values(),
  ];
  const instances = await ports.ec2.describe([...new Set(ids)]);
  const nodes = await ports.nodes.list();
  return { members, instances, nodes, joinTimeoutSeconds: policy.join.timeoutSeconds };
}

/** Whether a target's instance runs: others that go are terminated. */
function runsAmong(members: ReturnType<typeof standings>): (target: NotedTarget) => boolean {
  const running = [...members.values()].filter(({ as }) => as === 'nodeless');
  const ids = new Set(running.flatMap(({ instanceId, ipAddress }) => [instanceId, ipAddress]));
  return ({ id }) => ids.has(id);
}

type Seen = Awaited<ReturnType<typeof seeMembers>>;

/**
 * What is to be registered, without instances that an execution has taken out: while the API server was away it could not mark their Nodes, and
 * whether they come back is its or the sweep's to say.
 */
async function withoutNoted(
  cluster: string,
  plans: readonly BalancerPlan[],
  members: ReturnType<typeof standings>,
  { departures }: SyncPorts,
): Promise<readonly (readonly NotedTarget[])[]> {
  const ids = new Set(plans.flatMap(({ register }) => register.map(({ id }) => id)));
  const entering = [...members.values()].filter((one) => ids.has(one.instanceId) || ids.has(one.ipAddress));
  const noted = await inParallel(entering, async (one) => {
    const taken = await departures.noted(cluster, one.instanceId);
    return taken.length > 0 ? [one.instanceId, one.ipAddress] : [];
  });
  const away = new Set(noted.flat());
  return plans.map(({ register }) => register.filter(({ id }) => !away.has(id)));
}

interface Applied {
  readonly targets: readonly NotedTarget[];
  readonly failures: readonly TargetFailure[];
}

async function apply(
  byBalancer: readonly (readonly NotedTarget[])[],
  change: (targets: readonly NotedTarget[]) => Promise<readonly NotedTarget[]>,
): Promise<Applied> {
  const work = byBalancer.filter((targets) => targets.length > 0);
  const { results, failures } = await attemptAll(work, (targets) => targets.map(targetName).join(', '), change);
  return { targets: results.flat(), failures };
}

function leaveAll(changes: TargetChanges) {
  return async (targets: readonly NotedTarget[]) => {
    await changes.deregisterAll(targets);
    return targets;
  };
}

/**
 * Takes out again whom a drain has marked since the Nodes were listed. A drain marks its node first and looks for its targets then, so that either it
 * has found this registration, or its mark is found here.
 */
async function recall(
  entered: readonly NotedTarget[],
  members: ReturnType<typeof standings>,
  { instances }: Seen,
  ports: SyncPorts,
): Promise<Applied> {
  if (entered.length === 0) return { targets: [], failures: [] };
  const nodeOf = nodeFinder(await ports.nodes.list());
  const away = [...members.values()].filter(({ instanceId }) => {
    const node = nodeOf(instanceId, instances.get(instanceId));
    return node === undefined || !mayServe(node);
  });
  const ids = new Set(away.flatMap(({ instanceId, ipAddress }) => [instanceId, ipAddress]));
  const wrong = entered.filter(({ id }) => ids.has(id));
  const placeOf = (target: NotedTarget) => (target.kind === 'classic' ? target.name : target.arn);
  return apply([...Map.groupBy(wrong, placeOf).values()], leaveAll(ports.changes));
}

/** Those that were neither registered nor failed: Elastic Load Balancing said that it does not take them. */
function refused(wanted: readonly (readonly NotedTarget[])[], { targets, failures }: Applied): readonly string[] {
  const done = new Set(targets.map(targetName));
  const failed = failures.map(({ where }) => where).join(', ');
  return wanted
    .flatMap((some) => some.map(targetName))
    .filter((one) => !done.has(one) && !failed.includes(one))
    .map((one) => `${one}: Elastic Load Balancing does not take it`);
}
