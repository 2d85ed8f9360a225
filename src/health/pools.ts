import type { Diagnosis, Finding } from './finding.ts';
import type { Work } from './ledger.ts';
import { isGone, isLeavingGroup, type Subject } from './roster.ts';
import { problemOf } from './seen.ts';
import { isActionable } from './sight.ts';

/** Instances of a group, a zone or the cluster, and how many of them are not well. */
export interface Pool {
  /** `group workers-a`, `zone us-east-1b`, `cluster`. */
  readonly name: string;
  /** Without those that leave. */
  readonly size: number;
  /** Sick, lost, or disrupted by somebody. */
  readonly unhealthy: number;
  /** Sick or lost of themselves, and not only silent after the API server was away: many of these at once are a storm. */
  readonly sick: number;
}

/** One instance, or one that was, as it counts in its pools. */
type Count = Omit<Pool, 'name'> & { readonly groupName: string; readonly zone: string };

/**
 * The pools that breakers watch: each group, each zone, the cluster. What is in no group of ours does not count. An instance that its group lets go is
 * no part of them, unless a repair is about it: that counts until it has ended, wherever its instance is.
 */
export function poolsOf(
  diagnosis: Diagnosis,
  subjects: ReadonlyMap<string, Subject>,
  work: readonly Work[],
): readonly Pool[] {
  const pools = new Map<string, Pool>();
  for (const count of [...present(diagnosis, subjects, work), ...repairedElsewhere(subjects, work)]) {
    for (const name of [`group ${count.groupName}`, `zone ${count.zone}`, 'cluster']) {
      const { size, unhealthy, sick } = pools.get(name) ?? { size: 0, unhealthy: 0, sick: 0 };
      pools.set(name, {
        name,
        size: size + count.size,
        unhealthy: unhealthy + count.unhealthy,
        sick: sick + count.sick,
      });
    }
  }
  return [...pools.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function present(
  { findings, quiet, observations }: Diagnosis,
  subjects: ReadonlyMap<string, Subject>,
  work: readonly Work[],
) {
  const sick = new Map(findings.filter(isSick).map((finding) => [finding.id, finding]));
  const disrupted = new Set(work.map(({ instanceId, nodeName }) => instanceId || `node/${nodeName}`));
  const canBeLost = problemOf(observations.instances) === undefined;
  return [...subjects.values()].filter(isPart).map(({ id, instance, nodeName, groupName, zone }): Count => {
    const finding = sick.get(id);
    const lost = canBeLost && (isGone(instance) || /^(stop|shutting)/.test(instance?.state ?? ''));
    const excused = quiet.state !== 'well' && finding?.symptoms.filter(isActionable).every(({ silence }) => silence);
    const unhealthy = finding !== undefined || lost || disrupted.has(id) || disrupted.has(`node/${nodeName}`);
    return {
      groupName,
      zone,
      size: 1,
      unhealthy: Number(unhealthy),
      sick: Number(lost || (finding !== undefined && excused !== true)),
    };
  });
}

function repairedElsewhere(subjects: ReadonlyMap<string, Subject>, work: readonly Work[]): readonly Count[] {
  // By hand a repair may be given the Node alone: that one counts where it is.
  const parts = new Set([...subjects.values()].filter(isPart).map(({ nodeName }) => nodeName));
  const repairs = work.filter(
    ({ workflow, instanceId, nodeName }) =>
      workflow === 'node-repair' && !isPart(subjects.get(instanceId)) && !(instanceId === '' && parts.has(nodeName)),
  );
  return [...new Map(repairs.map((one) => [one.instanceId, one])).values()].map(({ groupName, zone }) => ({
    groupName,
    zone,
    size: 0,
    unhealthy: 1,
    sick: 0,
  }));
}

function isPart(subject: Subject | undefined): boolean {
  return subject?.member !== undefined && !isLeavingGroup(subject.member);
}

/** One that Auto Scaling is about to replace counts as well. */
function isSick({ kind, symptoms }: Finding): boolean {
  const counts = symptoms.some((one) => isActionable(one) || one.signal === 'AutoScalingUnhealthy');
  return (kind === 'node' || kind === 'instance') && counts;
}
