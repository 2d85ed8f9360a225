import type { GroupRecord } from '../../../simulator/autoscaling/group-record.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import type { PlannedUpdate } from './seed-plan.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';

/** Somebody on call resumes what has stopped so often, and then takes it back. */
const RESUMES = 4;
const WAYS_BACK = 2;
/** A member that goes by anybody else's doing has been replaced after so long. */
const REPLACED_WITHIN_MS = 45 * 60_000;

interface Record {
  readonly status: string;
  readonly settled: boolean;
  readonly why: string;
  readonly execution: string;
}

/** The update of a world; nothing where its plan has none. */
export interface Updating {
  /** Whether something was started, when all else is at rest: what waits or has stopped goes on, or back. */
  goesOn(): boolean;
  /** What is left of it when nothing goes on any more. */
  left(): readonly string[];
}

/**
 * Updates the first group, and holds what comes of it to its rules by the world: at no time are more of its nodes missing by the update's doing than may be; in the end all are of one image, or a
 * person was told why not; and nothing that was suspended or marked stays so.
 */
export function watchUpdate(seed: SeedWorld, violations: Violations): Updating {
  const { update } = seed.plan;
  if (!update) return { goesOn: () => false, left: () => [] };
  const { world, deployment, cluster } = seed;
  const input = { cluster: cluster.name, groupName: cluster.workersGroup, by: 'the seed' };
  let began = false;
  let asked = 0;
  world.after(update.at * 1000, 'seed: an update', () => {
    began = true;
    deployment.start('OsUpdateMachine', { ...input, version: '2', now: true });
  });
  watchMissing(seed, update, violations);
  return {
    goesOn() {
      const record = recordOf(seed);
      if (!began || !record || record.status === 'done' || record.status === 'rolled-back') return !began;
      if (!record.settled) return start({ ...input, settle: true });
      if (asked >= RESUMES + WAYS_BACK) return false;
      asked += 1;
      return start({ ...input, now: true, ...(asked > RESUMES ? { rollBack: true } : { resume: true }) });
    },
    left: () => leftOf(seed),
  };

  function start(wish: object): boolean {
    deployment.start('OsUpdateMachine', wish);
    return true;
  }
}

function recordOf({ deployment, cluster }: SeedWorld): Record | undefined {
  const bucket = deployment.cloud.buckets.find(deployment.resource('StateBucket'));
  const body = bucket?.versions.get(`updates/${cluster.name}/groups/${cluster.workersGroup}.json`)?.at(-1)?.body;
  return body && (JSON.parse(Buffer.from(body).toString()) as Record);
}

function groupOf({ deployment, cluster }: SeedWorld): GroupRecord | undefined {
  return deployment.cloud.fleet.groups.all.get(cluster.workersGroup);
}

/** Compared at each change of the group with what it had before, less what has gone by anybody else's doing. */
function watchMissing(seed: SeedWorld, { maxUnavailable }: PlannedUpdate, violations: Violations): void {
  const { world, deployment, cluster, plan } = seed;
  const size = plan.groups[0]?.nodes ?? 0;
  const may = Math.max(1, Math.min(maxUnavailable, size - 1));
  const lost = new Map<string, number>();
  const isOurs = (instanceId: string) =>
    deployment.executions('node-retire').some(({ name }) => name.startsWith(`update-${instanceId}-`));
  let told = false;
  world.history.listen(({ source, details }) => {
    const group = source === 'autoscaling' && details.group === cluster.workersGroup ? groupOf(seed) : undefined;
    if (!group || told) return;
    const members = [...group.members.values()];
    for (const { instanceId, state, health } of members)
      if (
        (state !== 'InService' || health !== 'Healthy') &&
        !state.startsWith('Pending') &&
        !isOurs(instanceId) &&
        !lost.has(instanceId)
      )
        lost.set(instanceId, world.now());
    for (const instanceId of seed.first[0] ?? [])
      if (!group.members.has(instanceId) && !isOurs(instanceId) && !lost.has(instanceId))
        lost.set(instanceId, world.now());
    const theirs = [...lost.values()].filter((at) => at > world.now() - REPLACED_WITHIN_MS).length;
    const serving = members.filter(({ state }) => state === 'InService').length;
    const missing = size - serving - theirs;
    if (missing <= may) return;
    told = true;
    violations.add(
      'update',
      `${missing} of ${size} nodes of ${group.name} are missing by the update, and ${may} may be`,
    );
  });
}

function leftOf(seed: SeedWorld): readonly string[] {
  const group = groupOf(seed);
  const record = recordOf(seed);
  if (!group || !record) return [];
  const versions = [...new Set([...group.members.values()].map(({ launchTemplate }) => launchTemplate?.Version ?? ''))];
  const isOver = record.status === 'done' || record.status === 'rolled-back';
  const wanted = record.status === 'done' ? '2' : '1';
  const nodes = seed.cluster.kubernetes.store.list<ClusterNode>('nodes');
  return [
    ...(record.status === 'running' ? [`its record says that it is running: ${record.why}`] : []),
    ...(record.settled ? [] : [`it is ${record.status} and not settled: ${record.why}`]),
    ...(isOver && versions.some((version) => version !== wanted)
      ? [`it is ${record.status}, and nodes run versions ${versions.join(', ')}`]
      : []),
    ...(isOver && group.settings.LaunchTemplate?.Version !== wanted
      ? [`it is ${record.status}, and the group launches ${group.settings.LaunchTemplate?.Version}`]
      : []),
    ...[...group.suspended.keys()].map((process) => `${process} is suspended`),
    ...nodes.flatMap(({ metadata, spec }) => [
      ...(spec.taints ?? [])
        .filter(({ key }) => key === 'tender.sh/outdated')
        .map(() => `${metadata.name} is tainted as outdated`),
      ...Object.keys(metadata.annotations ?? {})
        .filter((key) => key.includes('scale-down-disabled'))
        .map((key) => `${key} is on ${metadata.name}`),
    ]),
  ];
}
