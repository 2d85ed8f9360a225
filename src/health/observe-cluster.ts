import type { Memory } from './memory.ts';
import type { Observations, ObservedGroup, ObservedNode, Seen } from './observations.ts';
import type { HealthSources } from './ports.ts';
import { seen, seenOr } from './seen.ts';
import { zonalShiftsOf } from './zonal-shifts.ts';

/** What of the registry says where to look. */
export interface WatchedCluster {
  readonly name: string;
  /** `namespace/name`. */
  readonly requiredDaemonSets: readonly string[];
  /** Reasons of Nodes' Events that a rule is about. */
  readonly eventReasons: readonly string[];
  /** Names of CloudWatch alarms that a rule is about. */
  readonly alarmNames: readonly string[];
}

/**
 * Looks at a cluster from all sides at once. What cannot be seen says why, and the rest is seen all the same; nothing is asked of an API server that
 * does not answer.
 */
export async function observeCluster(
  { name, requiredDaemonSets, eventReasons, alarmNames }: WatchedCluster,
  { apiServer, groups, instances, etcd, targets, alarms, joins, andon, pause }: HealthSources,
  memory: Memory,
  now: Date,
): Promise<Observations> {
  const readiness = apiServer.readiness();
  const inside = async <T>(ask: () => Promise<T>): Promise<Seen<T>> => {
    const { reachable, problem } = await readiness;
    return reachable ? seen(ask) : { problem: `the API server is away: ${problem}` };
  };
  const nodes = inside(() => apiServer.nodes());
  const grouped = seen(() => groups.ofCluster(name));
  const known = Promise.all([nodes, grouped]).then(([of, all]) => instanceIdsOf(of, all, memory));
  const templates = grouped.then(templatesOf);
  const [etcdSeen, nodeEvents, rest] = await Promise.all([
    etcd && seen(() => etcd.look()),
    eventReasons.length === 0 ? undefined : inside(() => apiServer.nodeEvents(eventReasons)),
    Promise.all([
      readiness,
      nodes,
      grouped,
      known.then((ids) => seen(() => instances.describe(name, ids))),
      requiredDaemonSets.length === 0 ? { value: [] } : inside(() => apiServer.daemonSets(requiredDaemonSets)),
      inside(() => apiServer.coreDns()),
      seen(() => targets.unhealthy(name)),
      alarmNames.length === 0 ? { value: [] } : seen(() => alarms.inAlarm(alarmNames)),
      templates.then((all) => seen(() => joins.of(name, all))),
      heldBy({ andon, pause }),
    ] as const),
  ]);
  const [server, nodesSeen, groupsSeen, instancesSeen, daemonSets, coreDns, unhealthy, inAlarm, failedJoins, held] =
    rest;
  return {
    cluster: name,
    at: now.toISOString(),
    apiServer: server,
    nodes: nodesSeen,
    groups: groupsSeen,
    instances: instancesSeen,
    ...(etcdSeen && { etcd: etcdSeen }),
    ...(nodeEvents && { nodeEvents }),
    daemonSets,
    coreDns,
    targets: unhealthy,
    zonalShifts: zonalShiftsOf(unhealthy, groupsSeen, nodesSeen),
    alarms: inAlarm,
    failedJoins,
    ...held,
    memory,
  };
}

/** Whether somebody asked that nothing is done. */
async function heldBy({
  andon,
  pause,
}: Pick<HealthSources, 'andon' | 'pause'>): Promise<Pick<Observations, 'andon' | 'pause'>> {
  const [cord, until] = await Promise.all([seen(() => andon.read()), seen(() => pause.until())]);
  return { andon: cord, pause: until };
}

function instanceIdsOf(
  nodes: Seen<readonly ObservedNode[]>,
  groups: Seen<readonly ObservedGroup[]>,
  { members }: Memory,
): readonly string[] {
  const ofNodes = seenOr(nodes, []).map(({ instanceId }) => instanceId);
  const ofGroups = seenOr(groups, []).flatMap((group) => group.members.map((one) => one.instanceId));
  return [...new Set([...ofNodes, ...ofGroups, ...Object.values(members)])].filter((id) => id !== '');
}

/** What members were launched from, and what the next one would be. */
function templatesOf(groups: Seen<readonly ObservedGroup[]>): readonly string[] {
  const all = seenOr(groups, []).flatMap((group) =>
    [group, ...group.members].map(({ launchTemplate }) => launchTemplate),
  );
  return [...new Set(all)].filter((one) => one !== '');
}
