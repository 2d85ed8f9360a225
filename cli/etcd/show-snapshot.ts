import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { proofStoreOf } from '../../src/wiring/drill-of.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import type { Deployment } from '../deployment.ts';
import { print, size } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/** Shows what is known of a snapshot, the newest unless one is named, and of its proof. */
export async function showSnapshot(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  id: string | undefined,
): Promise<void> {
  const record = await chooseSnapshot(cluster, id, snapshotStoreOf(environment));
  const proof = await proofStoreOf(environment).proof(cluster, record.id);
  const { etcd, revision, database, stored, kubernetes } = record;
  print(
    context,
    { ...record, proof: proof ?? null },
    {
      kind: 'fields',
      fields: {
        id: record.id,
        taken: record.takenAt,
        revision: revision.before === revision.after ? revision.after : `${revision.before} to ${revision.after}`,
        database: `${size(database.bytes)}, SHA-256 ${database.sha256}`,
        stored: `${size(stored.bytes)}, ${stored.compression}, CRC-32 ${stored.crc32}`,
        etcd: `${etcd.version}, cluster ${etcd.clusterId}, member ${etcd.memberId} at ${etcd.url}`,
        alarms: etcd.alarms.join(', ') || 'none',
        kubernetes: kubernetes?.version ?? 'unknown',
        encryption: kubernetes?.encryption ?? 'unknown',
        proven: proof?.provenAt ?? 'no',
        ...(proof && {
          keys: `${proof.etcd.keys} at revision ${proof.etcd.revision}, HashKV ${proof.etcd.hashKv}`,
          objects: proof.kubernetes
            ? `${proof.kubernetes.objects} of ${proof.kubernetes.kinds} kinds, by kube-apiserver ${proof.kubernetes.version}`
            : 'not looked at',
          pki: `${proof.pki.id}, by ${proof.pki.evidence.join(', ')}`,
          rto: `${proof.rto.seconds} s`,
          rpo: `${proof.rpoSeconds} s`,
        }),
      },
    },
  );
}
