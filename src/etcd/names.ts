/** Names outside that etcd's snapshots go by; the table for people is docs/tags-and-labels.md. */

/** An id tells when and at which revision: `20261129T104324Z-r42`. Ids of one cluster sort by time. */
const ID = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-r(\d+)$/;

/** The id of a snapshot that is begun at this time, from a member at this revision. */
export function snapshotId(at: Date, revision: number): string {
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${time}-r${revision}`;
}

/** The snapshots of a cluster begin so. */
export function snapshotPrefix(cluster: string): string {
  return `etcd/${cluster}/`;
}

/** What a snapshot consists of in the store: the database, what is known of it, and that it was restored in a drill. */
export type SnapshotPart = 'snapshot' | 'record' | 'proof';

const ENDING = { snapshot: '.db.zst', record: '.json', proof: '.proof.json' } as const;

/** The key of a snapshot, of its record, or of its proof. */
export function snapshotKey(cluster: string, id: string, kind: SnapshotPart): string {
  return `${snapshotPrefix(cluster)}${id}${ENDING[kind]}`;
}

/** What a key of the store is; undefined when it is nothing of Tender's. */
export function parseSnapshotKey(
  cluster: string,
  key: string,
): { readonly id: string; readonly kind: SnapshotPart } | undefined {
  const name = key.slice(snapshotPrefix(cluster).length);
  const kind = name.endsWith('.db.zst') ? 'snapshot' : name.endsWith('.proof.json') ? 'proof' : 'record';
  const id = name.slice(0, -ENDING[kind].length);
  return ID.test(id) && snapshotKey(cluster, id, kind) === key ? { id, kind } : undefined;
}

/** A key that is removed to see whether removing is allowed. Nothing ever lies there. */
export function canaryKey(cluster: string): string {
  return `${snapshotPrefix(cluster)}canary`;
}
