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

/** The id of a backup of PKI: ids of one cluster sort by time, and end with what they are of. */
export function pkiId(at: Date, fingerprint: string): string {
  return `${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${fingerprint.slice(0, 12)}`;
}

/** The backups of a cluster's PKI begin so. */
export function pkiPrefix(cluster: string): string {
  return `pki/${cluster}/`;
}

/** The key of a backup. */
export function pkiKey(cluster: string, id: string): string {
  return `${pkiPrefix(cluster)}${id}.json`;
}

/** The key of what tells when somebody last looked. */
export function pkiLookKey(cluster: string): string {
  return `${pkiPrefix(cluster)}looked.json`;
}

/** The id of the backup under a key; undefined when it is none. */
export function parsePkiKey(cluster: string, key: string): string | undefined {
  const id = key.slice(pkiPrefix(cluster).length).replace(/\.json$/, '');
  return /^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(id) && pkiKey(cluster, id) === key ? id : undefined;
}

/** Where a cluster's last restore is written down, in the state bucket. */
export function restoreKey(cluster: string): string {
  return `restores/${cluster}.json`;
}

/** Where a task that drilled a snapshot on Fargate, and failed, says why, in the state bucket. */
export function drillKey(cluster: string, run: string): string {
  return `drills/${cluster}/${run}.json`;
}

/** The parameter that holds the address of a snapshot for one instance. */
export function restoreParameterName(cluster: string, instanceId: string): string {
  return `/tender/restore/${cluster}/${instanceId}`;
}
