import { following, lookAtEach } from './ask-members.ts';
import type { SnapshotProof } from './drill-ports.ts';
import { EtcdDataDiffers } from './errors.ts';
import type { HashedMember } from './ports.ts';

/** What came of comparing a restored snapshot with the members that it was taken of. */
export type HashComparison =
  /** Every member that still knows the revision has the same data there. */
  | 'same'
  /** All of them have forgotten it, or what was compacted before it is another: nothing can be compared. */
  | 'compacted'
  /** No member answered that follows a leader. */
  | 'nobody-answered';

/** gRPC's refusal for a revision that a member does not have any more. */
const FORGOTTEN = /compacted|future revision/;

/**
 * Compares the data of every member at the revision of a proven snapshot with what was restored of it (HashKV): they are the same, or one of them is
 * broken without anybody having noticed. Only possible until etcd is compacted, some five minutes with Kubernetes. Releases from 3.4 to 3.7 hash alike.
 * @throws EtcdDataDiffers
 */
export async function compareHash(
  { id, etcd }: SnapshotProof,
  members: readonly HashedMember[],
): Promise<HashComparison> {
  const led = following(members, await lookAtEach(members));
  const answers = await Promise.all(led.map((member) => hashAt(member, etcd.revision)));
  const comparable = answers.filter((answer) => answer?.compactRevision === etcd.compactRevision);
  const others = led.filter((_, index) => {
    const answer = answers[index];
    return answer?.compactRevision === etcd.compactRevision && answer.hash !== etcd.hashKv;
  });
  if (others.length > 0)
    throw new EtcdDataDiffers(
      id,
      etcd.revision,
      others.map(({ url }) => url),
    );
  if (led.length === 0) return 'nobody-answered';
  return comparable.length > 0 ? 'same' : 'compacted';
}

async function hashAt(member: HashedMember, revision: number) {
  try {
    return await member.hashKv(revision);
  } catch (error) {
    if (error instanceof Error && FORGOTTEN.test(error.message)) return undefined;
    throw error;
  }
}
