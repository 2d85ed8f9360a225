import { firstAnswer, lookAtEach } from './ask-members.ts';
import type { ChosenSnapshot } from './choose-restore.ts';
import { RestoreNotPossible, RestoreUnderWay } from './errors.ts';
import { judgeLostQuorum, type QuorumJudgement } from './judge-lost-quorum.ts';
import { isAddress, outsideHostsOf } from './member-place.ts';
import { newestRecord } from './newest-record.ts';
import { canBump, canRestore, type NodeProblem } from './nodes-to-restore.ts';
import type { EtcdMember, SeenEndpoint, SnapshotRecord, SnapshotStore } from './ports.ts';
import type {
  ControlPlane,
  InspectedNode,
  Restore,
  RestoredNode,
  RestoreJournal,
  RunningWork,
} from './restore-ports.ts';

/** What a person asks for. */
export interface RestoreOrder {
  readonly cluster: string;
  /** The cluster's name, by which somebody says that what is written since the snapshot may be lost although etcd may be well. */
  readonly discardLiveData?: string | undefined;
  /** Restores without a bumped revision, after which every kubelet and controller has to be restarted. */
  readonly acceptRestarts: boolean;
  /** Accepts a snapshot of another cluster of etcd. */
  readonly newHistory: boolean;
  /** Forgets a restore that was begun and is not done. */
  readonly startOver: boolean;
}

/** What is going to be done, small enough for an execution's data. */
export interface RestorePlan {
  /** Whether this goes on with a restore that another execution has begun, and somebody has approved. */
  readonly resumes: boolean;
  readonly snapshotId: string;
  /** The instance to restore on. */
  readonly first: string;
  readonly nodes: readonly RestoredNode[];
  readonly unreachable: readonly string[];
  readonly bumpRevision: number;
  readonly etcdClusterIds: readonly string[];
  readonly quorum: QuorumJudgement['quorum'];
  readonly loss: Loss;
  /** For people, who decide by it. */
  readonly shows: string;
}

/** What is in etcd and not in the snapshot. */
export interface Loss {
  /** Of the member that is furthest; absent when none answers. */
  readonly survivorRevision?: number;
  readonly snapshotRevision: number;
  /** Revisions, each a change of one or more keys; absent when no member answers. */
  readonly changes?: number;
  /** Since the snapshot was begun. */
  readonly seconds: number;
}

interface PlanPorts {
  readonly endpoints: readonly EtcdMember[];
  readonly controlPlane: ControlPlane;
  readonly journal: RestoreJournal;
  readonly work: RunningWork;
  readonly store: Pick<SnapshotStore, 'list' | 'record'>;
}

/** How far kubelets' and controllers' revisions are left behind: etcd's own advice (etcd.io/docs/v3.5/op-guide/recovery). */
const BUMP = 1_000_000_000;

/**
 * Decides whether and how etcd is restored, and says what would be lost. Reads only.
 *
 * A restore that was begun is gone on with: its snapshot and its nodes stand, and etcd is not asked any more, since it was stopped.
 *
 * @throws RestoreNotPossible, RestoreUnderWay, and what the ports throw
 */
export async function planRestore(
  order: RestoreOrder & { readonly execution: string },
  chosen: ChosenSnapshot,
  nodes: readonly InspectedNode[],
  unreachable: readonly string[],
  ports: PlanPorts,
  now: Date,
): Promise<RestorePlan> {
  const { record } = chosen;
  const last = (await ports.journal.read(order.cluster))?.restore;
  if (last?.state === 'under-way') {
    if (last.owner !== order.execution && (await ports.work.isRunning(last.owner)))
      throw new RestoreUnderWay(order.cluster, last.owner);
    if (!order.startOver) return resumed(last, record, unreachable, now);
  }
  assertStacked(order.cluster, nodes);
  const { able, problems } = canRestore(nodes, record, order.acceptRestarts);
  const seen = await lookAtEach(ports.endpoints);
  await assertOwnSnapshot(order, record, seen, last, ports.store);
  const judgement =
    last?.state === 'under-way'
      ? { quorum: 'lost' as const, why: 'a restore that was begun has stopped it' }
      : await judge(seen, nodes, ports);
  const loss = lossOf(record, seen, now);
  const [first] = able;
  if (!first) throw new RestoreNotPossible(noNode(order.cluster, problems));
  assertWanted(order, judgement, loss);
  const bumpRevision = canBump(first.etcdutl) ? BUMP : 0;
  const plan = {
    resumes: false,
    snapshotId: record.id,
    first: first.instanceId,
    nodes: nodes.flatMap(({ etcd, instanceId, name, peerUrl }) => (etcd ? { instanceId, name, peerUrl } : [])),
    unreachable,
    bumpRevision,
    etcdClusterIds: idsOf(seen, record, last),
    quorum: judgement.quorum,
    loss,
  };
  return { ...plan, shows: showing(plan, chosen, judgement.why) };
}

function resumed(last: Restore, record: SnapshotRecord, unreachable: readonly string[], now: Date): RestorePlan {
  if (last.snapshot.id !== record.id)
    throw new RestoreNotPossible(
      `Restore ${last.id} of snapshot ${last.snapshot.id} was begun and is not done. Go on with it by "snapshot": "${last.snapshot.id}", or begin anew with "startOver": true.`,
    );
  const loss = lossOf(record, [], now);
  const { bumpRevision, etcdClusterIds, first, nodes } = last;
  const plan = { resumes: true, snapshotId: record.id, first, nodes, unreachable, bumpRevision, etcdClusterIds };
  const shows = `Restore ${last.id}, approved by ${last.approval.by} at ${last.approval.at}, is gone on with.`;
  return { ...plan, quorum: 'lost', loss, shows };
}

async function judge(
  seen: readonly SeenEndpoint[],
  nodes: readonly InspectedNode[],
  { endpoints, controlPlane }: PlanPorts,
): Promise<QuorumJudgement> {
  const answering = endpoints.filter((_, index) => seen[index]?.status !== undefined);
  // By a member's own list: without a quorum there is no other.
  const members = await firstAnswer(answering, (member) => member.members()).catch(() => []);
  const addresses = members.flatMap(outsideHostsOf).filter(isAddress);
  const [instances, inUse] = await Promise.all([controlPlane.instances(), controlPlane.inUse(addresses)]);
  return judgeLostQuorum({ seen, members, instances, nodes, inUse });
}

function assertWanted({ cluster, discardLiveData }: RestoreOrder, { quorum, why }: QuorumJudgement, loss: Loss): void {
  if (quorum === 'lost' || discardLiveData === cluster) return;
  const what = quorum === 'kept' ? 'etcd has its quorum' : 'nobody can say that etcd has lost its quorum';
  throw new RestoreNotPossible(
    `It is not restored, because ${what}: ${why}. ${lossText(loss)} If that is what you want, add "discardLiveData": "${cluster}".`,
  );
}

/** The snapshot is of the etcd that answers or that was backed up last, or of one from which that was restored. */
async function assertOwnSnapshot(
  { cluster, newHistory }: RestoreOrder,
  { id, etcd }: SnapshotRecord,
  seen: readonly SeenEndpoint[],
  last: Restore | undefined,
  store: PlanPorts['store'],
): Promise<void> {
  if (newHistory) return;
  const answering = seen.flatMap(({ status }) => status?.clusterId ?? []);
  const newest = answering.length > 0 ? undefined : await newestRecord(store, cluster);
  const own = new Set([...answering, ...(newest ? [newest.etcd.clusterId] : [])]);
  const line = last?.etcdClusterIds ?? [];
  if (own.has(etcd.clusterId) || (line.includes(etcd.clusterId) && [...own].some((one) => line.includes(one)))) return;
  throw new RestoreNotPossible(
    `Snapshot ${id} is of the etcd cluster ${etcd.clusterId}, and the one of cluster ${cluster} is ${[...own].join(', ')}. If it is the right one all the same, add "newHistory": true.`,
  );
}

/**
 * API servers elsewhere than etcd would go on writing to it. One without etcd beside those that have it is a node whose join cannot end: kubeadm writes the API
 * server's manifest first, and waits for etcd, of which it sees only its own.
 */
function assertStacked(cluster: string, nodes: readonly InspectedNode[]): void {
  const apart = nodes.filter(({ apiServer, etcd }) => apiServer && !etcd).map(({ instanceId }) => instanceId);
  if (nodes.some(({ apiServer, etcd, fenced }) => etcd && (apiServer || fenced))) return;
  if (apart.length > 0)
    throw new RestoreNotPossible(
      `Etcd of cluster ${cluster} runs apart from API servers (${apart.join(', ')}), and this restores etcd beside them only. By hand: docs/etcd.md.`,
    );
}

function idsOf(seen: readonly SeenEndpoint[], record: SnapshotRecord, last: Restore | undefined): readonly string[] {
  const answering = seen.flatMap(({ status }) => status?.clusterId ?? []);
  return [...new Set([...(last?.etcdClusterIds ?? []), record.etcd.clusterId, ...answering])];
}

function lossOf({ takenAt, revision }: SnapshotRecord, seen: readonly SeenEndpoint[], now: Date): Loss {
  const revisions = seen.flatMap(({ status }) => status?.revision ?? []);
  const seconds = Math.round((now.getTime() - Date.parse(takenAt)) / 1000);
  if (revisions.length === 0) return { snapshotRevision: revision.before, seconds };
  const survivorRevision = Math.max(...revisions);
  const changes = Math.max(0, survivorRevision - revision.before);
  return { survivorRevision, snapshotRevision: revision.before, changes, seconds };
}

function lossText({ survivorRevision, snapshotRevision, changes, seconds }: Loss): string {
  const since = `everything that was written in the ${Math.round(seconds / 60)} minutes since the snapshot`;
  if (changes === undefined) return `Lost would be ${since}; no member answers that could say how much.`;
  return `Lost would be ${since}: up to ${changes} revisions (etcd is at ${survivorRevision}, the snapshot at ${snapshotRevision}).`;
}

function showing(
  plan: Omit<RestorePlan, 'shows'>,
  { record, isProven, newestProven }: ChosenSnapshot,
  why: string,
): string {
  const { first, nodes, unreachable, bumpRevision } = plan;
  return [
    `Snapshot ${record.id}, taken at ${record.takenAt} of etcd ${record.etcd.version}, ${record.database.bytes} bytes.`,
    isProven
      ? 'A drill has restored it.'
      : `No drill has restored it yet; the newest that one has: ${newestProven ? `${newestProven.id}, of ${newestProven.storedAt.toISOString()}` : 'none'}.`,
    lossText(plan.loss),
    `Quorum: ${plan.quorum}; ${why}.`,
    `Restored on ${first}; ${nodes.length - 1} more are to join: ${nodes.map(({ instanceId }) => instanceId).join(', ')}.`,
    ...(unreachable.length > 0 ? [`Switched off, because no command reaches them: ${unreachable.join(', ')}.`] : []),
    bumpRevision > 0
      ? `Revisions go on ${bumpRevision} later.`
      : 'REVISIONS ARE REPEATED: afterwards every kubelet and controller has to be restarted.',
  ].join('\n');
}

function noNode(cluster: string, problems: readonly NodeProblem[]): string {
  const each = problems.map(({ instanceId, why }) => `${instanceId}: ${why.join(', ')}`);
  return `No control-plane node of cluster ${cluster} could take the snapshot. ${each.join('; ')}.`;
}
