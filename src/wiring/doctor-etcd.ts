import { X509Certificate } from 'node:crypto';
import { etcdCertificates } from '../aws/etcd-certificates.ts';
import type { EtcdFacts, Looked } from '../doctor/ports.ts';
import { EtcdNotDescribed, SnapshotTooLargeToDrill } from '../etcd/errors.ts';
import { catalogued, newestRecord } from '../etcd/newest-record.ts';
import { placeOfDrill } from '../etcd/place-of-drill.ts';
import type { Environment } from '../runtime/settings.ts';
import { drillTaskOf } from './drill-of.ts';
import { etcdUrls } from './etcd-members.ts';
import { snapshotStoreOf } from './etcd-of.ts';
import { look } from './look.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** What is to be seen of a cluster's etcd and of its snapshots. */
export async function etcdFactsOf(registered: RegisteredCluster, environment: Environment): Promise<EtcdFacts> {
  const { cluster, aws } = registered;
  const certificates = look(() => etcdCertificates(aws, cluster.etcd?.secretArn ?? ''));
  const kept = look(async () => catalogued(await snapshotStoreOf(environment).list(cluster.name)));
  const until = async (pick: 'certificate' | 'certificateAuthority') => {
    const found = await certificates;
    return 'unseen' in found ? found : look(async () => new Date(new X509Certificate(found.seen[pick]).validTo));
  };
  const snapshots = await kept;
  const secret = await certificates;
  const newest = (pick: (one: ReturnType<typeof catalogued>[number]) => Date | undefined): Looked<Date | null> =>
    'unseen' in snapshots
      ? snapshots
      : {
          seen:
            snapshots.seen.flatMap((one) => pick(one) ?? []).sort((one, other) => other.getTime() - one.getTime())[0] ??
            null,
        };
  return {
    secretUnusable:
      'seen' in secret
        ? { seen: '' }
        : secret.unseen.startsWith('SecretUnusable')
          ? { seen: secret.unseen.replace(/\s*\n-?\s*/g, ' ') }
          : secret,
    certificateUntil: await until('certificate'),
    authorityUntil: await until('certificateAuthority'),
    endpoints: await look(() => membersOf(registered)),
    newestSnapshotAt: newest(({ storedAt }) => storedAt),
    newestProofAt: newest(({ provenAt }) => provenAt),
    undrillable: 'unseen' in snapshots ? snapshots : await look(() => whyUndrillable(cluster.name, environment)),
  };
}

/** Where members are asked; none where nothing says so. */
async function membersOf(registered: RegisteredCluster): Promise<readonly string[]> {
  try {
    return await etcdUrls(registered);
  } catch (error) {
    if (error instanceof EtcdNotDescribed) return [];
    throw error;
  }
}

/** Why the newest snapshot is too large for a drill; empty when it is not, or there is none. */
async function whyUndrillable(cluster: string, environment: Environment): Promise<string> {
  const record = await newestRecord(snapshotStoreOf(environment), cluster);
  try {
    if (record) placeOfDrill(record, drillTaskOf(environment) !== undefined);
    return '';
  } catch (error) {
    if (error instanceof SnapshotTooLargeToDrill) return error.message;
    throw error;
  }
}
