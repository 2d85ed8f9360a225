import { firstAnswer, following, lookAtEach } from './ask-members.ts';
import { chooseMember } from './choose-member.ts';
import { encryptionOf } from './encryption-of.ts';
import { judgeHistory } from './judge-history.ts';
import { snapshotId } from './names.ts';
import { newestRecord } from './newest-record.ts';
import { assertInTime } from './pace.ts';
import type { Alarm, KubernetesVersion, MemberStatus, SnapshotRecord, SnapshotSource, SnapshotStore } from './ports.ts';
import { storeSnapshot } from './store-snapshot.ts';
import { verifyStored } from './verify-stored.ts';

/** Where API servers keep Secrets, unless they have another prefix. */
const SECRETS = '/registry/secrets/';

/** What is to be done, and until when. */
export interface SnapshotOrder {
  readonly cluster: string;
  /** Take it although the revision went back or the cluster is another: a new history begins. */
  readonly newHistory: boolean;
  /** When the function ends. */
  readonly deadline: Date;
}

/** What came of it. */
export type SnapshotOutcome =
  | { readonly outcome: 'taken'; readonly record: SnapshotRecord }
  /** Etcd is at the revision of the newest snapshot. */
  | { readonly outcome: 'unchanged'; readonly record: SnapshotRecord };

/**
 * Takes a snapshot from the member that suits best, stores it, reads it back, and only then puts it on the catalogue. Does
 * nothing when the newest one is of the same revision.
 *
 * It can run again at any time: each run makes an object of its own, and one without a record counts for nothing.
 *
 * @throws EtcdQuorumNotSeen, EtcdDataCorrupt, EtcdEndpointsMixed, EtcdRevisionWentBack, EtcdClusterReplaced, SnapshotCorrupt,
 *   SnapshotStoreUnfit, SnapshotTooSlow, SnapshotNotAsSent, and what the ports throw; nothing new is on the catalogue then
 */
export async function takeSnapshot(
  order: SnapshotOrder,
  sources: readonly SnapshotSource[],
  store: SnapshotStore,
  kubernetes: KubernetesVersion,
  now: () => Date,
): Promise<SnapshotOutcome> {
  const startedAt = now();
  const { member, status, alarms } = await inspect(sources);
  const newest = await newestRecord(store, order.cluster);
  if (judgeHistory(status, newest, order.newHistory) === 'unchanged' && newest) {
    return { outcome: 'unchanged', record: newest };
  }
  const id = snapshotId(startedAt, status.revision);
  if (isFirstOfItsDay(startedAt, newest)) await store.sendCanary(order.cluster, id);
  const told = describeKubernetes(member, kubernetes);
  const { database, sent } = await transfer(order, member, status, store, id, now);
  const after = await member.status();
  await verifyStored(store, order.cluster, id, sent);
  const record: SnapshotRecord = {
    cluster: order.cluster,
    id,
    takenAt: startedAt.toISOString(),
    etcd: {
      clusterId: status.clusterId,
      memberId: status.memberId,
      url: member.url,
      version: status.version,
      alarms: alarms.map(({ kind, memberId }) => `${kind} ${memberId}`),
    },
    kubernetes: await told,
    revision: { before: status.revision, after: after.revision },
    database,
    stored: { bytes: sent.bytes, crc32: sent.crc32, compression: 'zstd' },
    seconds: (now().getTime() - startedAt.getTime()) / 1000,
  };
  await store.addRecord(record);
  return { outcome: 'taken', record };
}

/** Once a day, and before the first snapshot, a small object goes the way of a large one (S26). */
function isFirstOfItsDay(now: Date, newest: SnapshotRecord | undefined): boolean {
  return newest?.takenAt.slice(0, 10) !== now.toISOString().slice(0, 10);
}

/** What a restore needs to know besides (S24). A snapshot is worth as much without it, so that it waits for nothing and fails for nothing. */
async function describeKubernetes(
  member: SnapshotSource,
  kubernetes: KubernetesVersion,
): Promise<SnapshotRecord['kubernetes']> {
  const [version, secret] = await Promise.all([
    kubernetes.version(),
    member.lastWritten(SECRETS).catch(() => undefined),
  ]);
  const encryption = encryptionOf(secret);
  const told = { ...(version !== undefined && { version }), ...(encryption !== undefined && { encryption }) };
  return Object.keys(told).length > 0 ? told : undefined;
}

async function transfer(
  { cluster, deadline }: SnapshotOrder,
  member: SnapshotSource,
  { databaseBytes }: MemberStatus,
  store: SnapshotStore,
  id: string,
  now: () => Date,
) {
  const startedAt = now();
  const timeoutMs = Math.max(1, deadline.getTime() - startedAt.getTime());
  const upload = await store.begin(cluster, id);
  return storeSnapshot(member.snapshot(timeoutMs), upload, databaseBytes, (readBytes) =>
    assertInTime({ startedAt, now: now(), deadline, readBytes, databaseBytes }),
  );
}

interface Inspected {
  readonly member: SnapshotSource;
  readonly status: MemberStatus;
  readonly alarms: readonly Alarm[];
}

/** Asks every endpoint how it is, and one that answers about the others. */
async function inspect(sources: readonly SnapshotSource[]): Promise<Inspected> {
  const seen = await lookAtEach(sources);
  const answering = sources.filter((_, index) => seen[index]?.status !== undefined);
  const members = await firstAnswer(answering, (source) => source.members());
  // Only a leader can tell the alarms; without one the choice fails anyway, and says why.
  const alarms = await firstAnswer(following(sources, seen), (source) => source.alarms());
  const { url, status } = chooseMember(seen, members, alarms);
  const member = sources.find((source) => source.url === url);
  if (!member) throw new Error(`no source at ${url}`);
  return { member, status, alarms };
}
