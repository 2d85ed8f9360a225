import { groupPauses } from '../../src/aws/group-pauses.ts';
import { s3UpdateRecords } from '../../src/aws/s3-update-records.ts';
import { s3WatchDocuments } from '../../src/aws/s3-watch-documents.ts';
import type { GroupReport, WatchDocument } from '../../src/images/ports.ts';
import { setting } from '../../src/runtime/settings.ts';
import { nearest } from '../../src/schema/problems.ts';
import type { UpdateRecord } from '../../src/updates/ports.ts';
import { type RegisteredCluster, registeredCluster } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { GroupNotNamed, GroupNotThere } from '../errors.ts';

/** What is known of the updates of a cluster. */
export interface UpdateRoom {
  readonly registered: RegisteredCluster;
  readonly bucket: string;
  readonly groups: readonly string[];
  /** undefined: nobody has looked yet. */
  readonly watch: WatchDocument | undefined;
  readonly records: readonly UpdateRecord[];
}

/**
 * Reads what is known of the updates of a cluster.
 * @throws what AWS throws
 */
export async function updateRoom({ environment }: Deployment, cluster: string): Promise<UpdateRoom> {
  const registered = await registeredCluster(cluster, environment);
  const bucket = setting(environment, 'STATE_BUCKET');
  const [groups, { document: watch }, records] = await Promise.all([
    groupPauses(registered.aws).groupsOf(cluster),
    s3WatchDocuments(registered.home, bucket).read(cluster),
    s3UpdateRecords(registered.home, bucket).ofCluster(cluster),
  ]);
  return { registered, bucket, groups, watch, records };
}

/** What the last look for new images found in a group. */
export function reportOf({ watch }: UpdateRoom, groupName: string): GroupReport | undefined {
  return watch?.groups.find((report) => report.groupName === groupName);
}

/**
 * The group that a command is about: the one that was named, or the only one that it could be.
 * @throws GroupNotThere, GroupNotNamed
 */
export function groupIn({ groups, registered }: UpdateRoom, named: string | undefined, candidates = groups): string {
  const cluster = registered.cluster.name;
  if (named !== undefined) {
    if (!groups.includes(named)) throw new GroupNotThere(named, cluster, groups, nearest(named, groups));
    return named;
  }
  const [only] = candidates;
  if (only === undefined || candidates.length > 1) throw new GroupNotNamed(cluster, candidates);
  return only;
}
