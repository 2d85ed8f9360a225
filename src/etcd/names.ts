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

/** The key of a snapshot, or of its record. */
export function snapshotKey(cluster: string, id: string, kind: 'snapshot' | 'record'): string {
  return `${snapshotPrefix(cluster)}${id}${kind === 'snapshot' ? '.db.zst' : '.json'}`;
}

/** What a key of the store is; undefined when it is nothing of Tender's. */
export function parseSnapshotKey(
  cluster: string,
  key: string,
): { readonly id: string; readonly kind: 'snapshot' | 'record' } | undefined {
  const name = key.slice(snapshotPrefix(cluster).length);
  const kind = name.endsWith('.db.zst') ? 'snapshot' : 'record';
  const id = name.replace(/\.db\.zst$|\.json$/, '');
  return ID.test(id) && snapshotKey(cluster, id, kind) === key ? { id, kind } : undefined;
}

/** A key that is removed to see whether removing is allowed. Nothing ever lies there. */
export function canaryKey(cluster: string): string {
  return `${snapshotPrefix(cluster)}canary`;
}
