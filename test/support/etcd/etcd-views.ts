import type { ListedMember, MemberStatus, SeenEndpoint } from '../../../src/etcd/ports.ts';

/** A member in step with the others; `a` leads. */
export function aStatus(memberId: string, over: Partial<MemberStatus> = {}): MemberStatus {
  return {
    clusterId: 'c1',
    memberId,
    version: '3.5.17',
    revision: 500,
    leaderId: 'a',
    raftTerm: 7,
    raftAppliedIndex: 10_000,
    databaseBytes: 1e6,
    databaseBytesInUse: 1e6,
    quotaBytes: 0,
    isLearner: false,
    errors: [],
    ...over,
  };
}

/** An endpoint of this member that answered. */
export function seen(memberId: string, over: Partial<MemberStatus> = {}): SeenEndpoint {
  return { url: `https://${memberId}:2379`, status: aStatus(memberId, over) };
}

/** One that did not. */
export function silent(memberId: string): SeenEndpoint {
  return { url: `https://${memberId}:2379`, problem: 'EtcdUnavailable: ECONNREFUSED' };
}

/** As the cluster has them on its list, each at the host of its id; `learner…` is a learner. */
export function listed(...ids: string[]): ListedMember[] {
  return ids.map((memberId) => ({
    memberId,
    name: memberId,
    peerUrls: [`https://${memberId}:2380`],
    clientUrls: [`https://${memberId}:2379`],
    isLearner: memberId.startsWith('learner'),
  }));
}
