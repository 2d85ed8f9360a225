import type { Cluster } from './cluster.ts';

/** A workflow that is to run for a cluster now, or a function: a look is too frequent for a state machine. */
export interface DueWork {
  readonly workflow:
    | 'check-health'
    | 'watch-updates'
    | 'approve-node-csrs'
    | 'load-balancer-sync'
    | 'etcd-snapshot'
    | 'etcd-maintenance'
    | 'etcd-drill'
    | 'pki-backup';
  readonly cluster: string;
  /** The same for every tick of the same minute, so that a doubled tick starts nothing twice. At most 80 characters. */
  readonly executionName: string;
  readonly input: { readonly cluster: string; readonly scheduled?: true; readonly hooks?: false };
}

interface Watched {
  readonly updates: Pick<Cluster['updates'], 'policy' | 'groups'>;
}

const MINUTE_MS = 60_000;
/** Minutes after a snapshot, which maintenance would have to wait for: intervals that divide each other meet in the same minute. */
const MAINTENANCE_LATER = 7;
/** As often as snapshots, and not at the same moment. */
const PKI_LATER = 1;
/** Each day is looked whether a drill is due, not long after a snapshot. */
const DRILL_MINUTES = 1440;
const DRILL_LATER = 3;
/** Step Functions' limit for the name of an execution (docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). */
const NAME_LIMIT = 80;

/**
 * What is due for a cluster in the minute of `now`.
 *
 * Remembers nothing: an interval of n minutes is due whenever the minute since 1970 leaves the cluster's own remainder
 * modulo n. The remainder comes from the name, so that the work of many clusters spreads over the interval.
 */
export function due(
  cluster: Pick<Cluster, 'name' | 'csrApproval' | 'schedules' | 'etcd' | 'userHooks'> & Watched,
  now: Date,
): readonly DueWork[] {
  const minute = Math.floor(now.getTime() / MINUTE_MS);
  const every = (interval: number, later = 0) => minute % interval === (hash(cluster.name) + later) % interval;
  const work: DueWork[] = [];
  if (cluster.schedules.healthMinutes > 0 && every(cluster.schedules.healthMinutes))
    work.push(dueNow('check-health', cluster.name, now));
  if (isWatched(cluster) && every(cluster.schedules.updateWatchMinutes))
    work.push(dueNow('watch-updates', cluster.name, now));
  if (cluster.csrApproval === 'tender' && every(cluster.schedules.approveNodeCsrsMinutes)) {
    work.push(dueNow('approve-node-csrs', cluster.name, now));
  }
  if (every(cluster.schedules.loadBalancerSyncMinutes)) work.push(dueNow('load-balancer-sync', cluster.name, now));
  if (cluster.etcd && every(cluster.schedules.etcdSnapshotMinutes))
    work.push(withoutHooks(dueNow('etcd-snapshot', cluster.name, now), cluster));
  if (cluster.etcd && every(cluster.schedules.etcdMaintenanceMinutes, MAINTENANCE_LATER))
    work.push(dueNow('etcd-maintenance', cluster.name, now));
  if (cluster.etcd && every(cluster.schedules.etcdSnapshotMinutes, PKI_LATER))
    work.push(dueNow('pki-backup', cluster.name, now));
  if (cluster.etcd && every(DRILL_MINUTES, DRILL_LATER)) {
    const drill = dueNow('etcd-drill', cluster.name, now);
    work.push({ ...drill, input: { ...drill.input, scheduled: true } });
  }
  return work;
}

/** Says so where nothing of the user's own is to be run around it: to find that out again costs more than the snapshot's own steps. */
function withoutHooks(work: DueWork, { userHooks }: Pick<Cluster, 'userHooks'>): DueWork {
  const has = userHooks.some(({ at }) => at === 'before-snapshot' || at === 'after-snapshot');
  return has ? work : { ...work, input: { ...work.input, hooks: false } };
}

/** Whether anybody looks for new images of a group. */
function isWatched({ schedules, updates }: Pick<Cluster, 'schedules'> & Watched): boolean {
  const policies = [updates.policy, ...Object.values(updates.groups).map(({ policy }) => policy ?? updates.policy)];
  return schedules.updateWatchMinutes > 0 && policies.some((policy) => policy !== 'off');
}

function dueNow(workflow: DueWork['workflow'], cluster: string, now: Date): DueWork {
  const stamp = now.toISOString().slice(0, 16).replace(/[-:]/g, '');
  const name = `${workflow}-${cluster}`;
  // A name that would be too long keeps its beginning and gets its hash, so that two long names stay two.
  const room = NAME_LIMIT - stamp.length - 1;
  const short = name.length <= room ? name : `${name.slice(0, room - 9)}-${hash(name).toString(16).padStart(8, '0')}`;
  return { workflow, cluster, executionName: `${short}-${stamp}`, input: { cluster } };
}

// FNV-1a, 32 bits: any hash will do as long as it never changes.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
