import type { GroupRecord } from '../../../simulator/autoscaling/group-record.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';

interface Lease {
  readonly instanceId: string;
  readonly groupName: string;
  readonly execution: string;
  readonly voluntary: boolean;
  readonly surge?: { readonly desiredBefore: number };
}

/** What the groups had at one moment. */
interface Moment {
  readonly at: number;
  readonly groups: readonly {
    readonly name: string;
    readonly desired: number;
    readonly serving: readonly string[];
    readonly leaving: readonly string[];
  }[];
}

/** A grant is decided so long before it is written, at most. */
const DECIDED_WITHIN_MS = 8_000;

/**
 * Voluntary disruptions stay within budget: whenever the ledger gets a voluntary lease, what its group and the cluster then have in service without
 * anybody's lease is at least their size less their budget, by what Auto Scaling knew at some moment of the seconds in which it was decided. A node that
 * was out of service already costs nothing. Computed from the versions of the ledger's object and from the groups, not with the product's code.
 */
export function watchDisruptions(seed: SeedWorld, violations: Violations): void {
  const moments: Moment[] = [momentOf(seed)];
  const key = `disruptions/${seed.cluster.name}.json`;
  let seen = 0;
  seed.world.history.listen(({ source }) => {
    if (source === 'autoscaling') {
      moments.push(momentOf(seed));
      while ((moments[1]?.at ?? Number.POSITIVE_INFINITY) < seed.world.now() - DECIDED_WITHIN_MS) moments.shift();
    }
    const versions =
      seed.deployment.cloud.buckets.find(seed.deployment.resource('StateBucket'))?.versions.get(key) ?? [];
    for (; seen < versions.length; seen += 1) {
      const before = leasesIn(versions[seen - 1]?.body);
      const after = leasesIn(versions[seen]?.body);
      const fresh = after.filter((one) => one.voluntary && !before.some((old) => old.instanceId === one.instanceId));
      for (const lease of fresh) {
        const problems = [...moments, momentOf(seed)].map((moment) => problemOf(seed, lease, after, moment));
        if (problems.every((one) => one !== undefined)) violations.add('disruptions', String(problems.at(-1)));
      }
    }
  });
}

function leasesIn(body: Uint8Array | undefined): readonly Lease[] {
  if (!body || body.byteLength === 0) return [];
  return (JSON.parse(Buffer.from(body).toString()) as { leases: Lease[] }).leases;
}

function momentOf({ deployment, world }: SeedWorld): Moment {
  const groups = [...deployment.cloud.fleet.groups.all.values()].filter(({ tags }) => tags.has('tender:cluster'));
  return {
    at: world.now(),
    groups: groups.map((group) => ({
      name: group.name,
      desired: group.desired,
      serving: ids(group, (state, health) => state === 'InService' && health === 'Healthy'),
      leaving: ids(group, (state) => state.startsWith('Terminating')),
    })),
  };
}

function ids({ members }: GroupRecord, wanted: (state: string, health: string) => boolean): string[] {
  return [...members.values()].filter(({ state, health }) => wanted(state, health)).map(({ instanceId }) => instanceId);
}

function problemOf(seed: SeedWorld, lease: Lease, leases: readonly Lease[], { groups }: Moment): string | undefined {
  const { perGroup, perCluster } = seed.plan.policy.disruptions;
  const leased = new Set(leases.map(({ instanceId }) => instanceId));
  const figures = groups.map(({ name, desired, serving, leaving }) => {
    const own = leases.filter((one) => groupOf(seed, one) === name);
    const size = Math.min(desired, ...own.map(({ surge }) => surge?.desiredBefore ?? Number.POSITIVE_INFINITY));
    const free = serving.filter((id) => !leased.has(id)).length;
    return { name, size, out: Math.max(0, size - free), leaving };
  });
  const own = figures.find(({ name }) => name === groupOf(seed, lease));
  if (!own || own.leaving.includes(lease.instanceId)) return undefined;
  const size = figures.reduce((sum, one) => sum + one.size, 0);
  const out = figures.reduce((sum, one) => sum + one.out, 0);
  if (own.out > budget(perGroup, own.size))
    return `${lease.instanceId} got a lease with ${own.out} of ${own.size} of ${own.name} out of service, and ${perGroup} may be`;
  if (out > budget(perCluster, size))
    return `${lease.instanceId} got a lease with ${out} of ${size} of the cluster out of service, and ${perCluster} may be`;
  return undefined;
}

/** The group that a lease names; where it names none that there is, its instance's. */
function groupOf({ deployment }: SeedWorld, { groupName, instanceId }: Lease): string {
  const { groups } = deployment.cloud.fleet;
  return groups.all.has(groupName) ? groupName : (groups.scaling.groupOf(instanceId)?.name ?? groupName);
}

/** Rounded down; one always may, and never all of several. */
export function budget(limit: number | string, size: number): number {
  const wanted = typeof limit === 'number' ? limit : Math.floor((size * Number(limit.replace('%', ''))) / 100);
  return Math.max(1, Math.min(wanted, size - 1));
}
