import type { DrillGround, DrillOrder, ProofStore, RestoredEtcd, SnapshotProof } from './drill-ports.ts';
import { DrillDiskFull, PkiMissing, PkiNotMatching, RestoredDataWrong, RestoredKubernetesBroken } from './errors.ts';
import { fetchSnapshot } from './fetch-snapshot.ts';
import { matchPki } from './match-pki.ts';
import type { PkiFiles } from './pki-ports.ts';
import type { SnapshotRecord, SnapshotStore } from './ports.ts';
import { scratchEncryption } from './scratch-encryption.ts';

/** A PKI that nobody has looked at for so long before a snapshot may have changed since. */
const STALE_MS = 2 * 86_400_000;
/** etcd allocates two segments of its log of 64 MB each; the rest is for what an API server writes. */
const BESIDE_BYTES = 200 * 1024 ** 2;

/**
 * Restores a snapshot as one would in earnest, on a disk and with an etcd and an API server of the drill's own, and looks whether everything
 * is in it. The cluster is not touched, and neither are the snapshot and its record.
 *
 * It can run again at any time: it leaves nothing.
 *
 * @throws DrillDiskFull, SnapshotDamaged, RestoredDataWrong, PkiMissing, PkiNotMatching, RestoredKubernetesBroken, and what the ports throw
 */
export async function drillSnapshot(
  { record, canaryKeys, pki }: DrillOrder,
  store: Pick<SnapshotStore, 'look' | 'read'>,
  ground: DrillGround,
  now: () => Date,
): Promise<SnapshotProof> {
  await ground.clear(); // what a drill that died has left
  const clock = stopwatch(now);
  try {
    await assertRoom(record, ground);
    await fetchSnapshot(record, store, (chunks) => ground.save(chunks));
    const downloadSeconds = clock.lap();
    await ground.restore();
    const restoreSeconds = clock.lap();
    const restored = await ground.startEtcd();
    const etcd = await inspectEtcd(restored, record, canaryKeys);
    const matching = await inspectPki(restored, record, pki);
    const etcdSeconds = clock.lap();
    const kubernetes = await inspectKubernetes(ground, pki?.files ?? new Map());
    const laps = { downloadSeconds, restoreSeconds, etcdSeconds };
    return {
      cluster: record.cluster,
      id: record.id,
      provenAt: now().toISOString(),
      etcd,
      pki: matching,
      ...(kubernetes && { kubernetes }),
      rto: kubernetes
        ? { ...laps, kubernetesSeconds: clock.lap(), seconds: clock.all() }
        : { ...laps, seconds: clock.all() },
      rpoSeconds: Math.round((clock.startedAt.getTime() - Date.parse(record.takenAt)) / 1000),
    };
  } finally {
    await ground.clear();
  }
}

/**
 * Drills a snapshot and, when it restores, writes the proof beside it.
 * @throws as {@link drillSnapshot}; an earlier proof of the snapshot stays then
 */
export async function proveSnapshot(
  order: DrillOrder,
  store: Pick<SnapshotStore, 'look' | 'read'>,
  proofs: ProofStore,
  ground: DrillGround,
  now: () => Date,
): Promise<SnapshotProof> {
  const proof = await drillSnapshot(order, store, ground, now);
  await proofs.addProof(proof);
  return proof;
}

async function assertRoom({ id, database }: SnapshotRecord, ground: DrillGround): Promise<void> {
  const needed = 2 * database.bytes + BESIDE_BYTES;
  const free = await ground.freeBytes();
  if (free < needed) throw new DrillDiskFull(`Snapshot ${id} takes ${needed} bytes to restore, and ${free} are free.`);
}

async function inspectEtcd(
  etcd: RestoredEtcd,
  { id, revision: { before, after } }: SnapshotRecord,
  canaryKeys: readonly string[],
): Promise<SnapshotProof['etcd']> {
  const { revision, version } = await etcd.status();
  const { hash: hashKv, compactRevision } = await etcd.hashKv();
  const keys = await etcd.countKeys();
  const found = await Promise.all(canaryKeys.map((key) => etcd.read(key)));
  const missing = canaryKeys.filter((_, index) => !found[index]?.length);
  const problems = [
    ...(revision >= before && revision <= after
      ? []
      : [`it is at revision ${revision}, and was read between ${before} and ${after}`]),
    ...(keys > 0 ? [] : ['there is no key in it']),
    ...missing.map((key) => `${key} is not there`),
  ];
  if (problems.length > 0) throw new RestoredDataWrong(id, problems);
  // It came with the database, and an API server could write nothing.
  for (const alarm of await etcd.alarms()) await etcd.disarm(alarm);
  return { version, revision, compactRevision, keys, hashKv, canaries: canaryKeys };
}

async function inspectPki(
  etcd: RestoredEtcd,
  { cluster, id, takenAt }: SnapshotRecord,
  pki: DrillOrder['pki'],
): Promise<SnapshotProof['pki']> {
  if (!pki) throw new PkiMissing(cluster);
  const { evidence, problems: differences } = await matchPki(pki.files, etcd);
  const isStale = Date.parse(takenAt) - Date.parse(pki.lookedAt) > STALE_MS;
  const problems = [
    ...differences,
    ...(isStale ? [`nobody could look at it since ${pki.lookedAt}, long before the snapshot was taken`] : []),
  ];
  if (problems.length > 0) throw new PkiNotMatching(id, pki.backup.id, problems);
  return { id: pki.backup.id, fingerprint: pki.backup.fingerprint, evidence };
}

async function inspectKubernetes(
  ground: DrillGround,
  files: PkiFiles,
): Promise<SnapshotProof['kubernetes'] | undefined> {
  const { configuration, elsewhere } = scratchEncryption(files);
  const kubernetes = await ground.startKubernetes({ encryption: configuration });
  if (!kubernetes) return undefined;
  const { kinds, objects, unlisted } = await kubernetes.listEverything();
  const broken = unlisted.filter(({ kind, servedElsewhere }) => !servedElsewhere && !elsewhere.includes(kind));
  const refused = await kubernetes.write();
  const problems = [
    ...broken.map(({ kind, why }) => `${kind} cannot be listed: ${why}`),
    ...(refused === undefined ? [] : [`nothing can be written: ${refused}`]),
  ];
  if (problems.length > 0) throw new RestoredKubernetesBroken(kubernetes.version, problems);
  return { version: kubernetes.version, kinds, objects, unlisted: unlisted.map(({ kind }) => kind) };
}

function stopwatch(now: () => Date) {
  const startedAt = now();
  let last = startedAt;
  const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;
  return {
    startedAt,
    lap(): number {
      const at = now();
      const passed = seconds(last, at);
      last = at;
      return passed;
    },
    all: () => seconds(startedAt, now()),
  };
}
