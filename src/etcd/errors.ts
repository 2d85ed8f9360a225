import { quorumOf } from './healthy-voters.ts';

/** When fewer members answered and know a leader than a quorum takes. That is not the same as a quorum that is lost (S28). */
export class EtcdQuorumNotSeen extends Error {
  override readonly name = 'EtcdQuorumNotSeen';
  constructor(healthy: number, voters: number, problems: readonly string[]) {
    super(
      `Of ${voters} voting members of etcd ${healthy} answered and follow the same leader; a quorum takes ${quorumOf(voters)}. ` +
        `No snapshot is taken of what may not be the latest.\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
}

/** When etcd itself has raised the alarm CORRUPT: its members do not agree on the data. */
export class EtcdDataCorrupt extends Error {
  override readonly name = 'EtcdDataCorrupt';
  constructor(memberIds: readonly string[]) {
    super(
      `Etcd has raised the alarm CORRUPT, for member ${memberIds.join(', ')}. A snapshot of it may be worth nothing, so none is taken; earlier ones are kept.`,
    );
  }
}

/** When the endpoints of a cluster belong to different clusters of etcd. */
export class EtcdEndpointsMixed extends Error {
  override readonly name = 'EtcdEndpointsMixed';
  constructor(found: readonly string[]) {
    super(`The endpoints are not of one cluster of etcd: ${found.join('; ')}. Correct the registry entry.`);
  }
}

/** When etcd is at an earlier revision than a snapshot that was taken of the same cluster: it has lost data, or was restored. */
export class EtcdRevisionWentBack extends Error {
  override readonly name = 'EtcdRevisionWentBack';
  constructor(revision: number, newest: { readonly id: string; readonly revision: { readonly before: number } }) {
    super(
      `Etcd is at revision ${revision}, and snapshot ${newest.id} was taken at ${newest.revision.before} or later. Revisions never go back by themselves: ` +
        'data was lost, or somebody restored. Nothing is taken and nothing deleted. If this is right, run etcd-snapshot with newHistory: true.',
    );
  }
}

/** When the snapshots of a cluster were taken of another etcd cluster than the one that answers now. */
export class EtcdClusterReplaced extends Error {
  override readonly name = 'EtcdClusterReplaced';
  constructor(clusterId: string, newest: { readonly id: string; readonly etcd: { readonly clusterId: string } }) {
    super(
      `The etcd that answers has cluster id ${clusterId}, and snapshot ${newest.id} is of ${newest.etcd.clusterId}. ` +
        'Nothing is taken and nothing deleted. If this is right (a restore, a rebuilt control plane), run etcd-snapshot with newHistory: true.',
    );
  }
}

/** When some member of etcd is not well enough for another one to be stopped for a while, and maintenance would. */
export class EtcdNotWell extends Error {
  override readonly name = 'EtcdNotWell';
  constructor(what: string, problems: readonly string[]) {
    super(
      `Etcd is not maintained: ${what}. Nothing more is done to any member.\n${problems.map((one) => `- ${one}`).join('\n')}`,
    );
  }
}

/** When etcd is out of space and neither compacting nor defragmenting it has freed enough. The alarm NOSPACE stands, and etcd takes no writes. */
export class EtcdStillFull extends Error {
  override readonly name = 'EtcdStillFull';
  constructor(members: readonly string[]) {
    super(
      `Etcd is out of space, and compacting and defragmenting it did not free a fifth of it: ${members.join('; ')}. ` +
        'The alarm NOSPACE stands, so that etcd takes no writes: raise its quota, or delete what fills it.',
    );
  }
}

/** When a snapshot does not hash to the trailer that etcd sent with it, or has no such trailer. It was thrown away. Transient, unless it repeats. */
export class SnapshotCorrupt extends Error {
  override readonly name = 'SnapshotCorrupt';
}

/** When a snapshot cannot be done before the function's time is over. It was thrown away. */
export class SnapshotTooSlow extends Error {
  override readonly name = 'SnapshotTooSlow';
}

/** When a stored snapshot, read back, is not what was sent. It is not on the catalogue. */
export class SnapshotNotAsSent extends Error {
  override readonly name = 'SnapshotNotAsSent';
  constructor(id: string, differences: readonly string[]) {
    super(`Snapshot ${id} is not as it was sent, and was thrown away: ${differences.join('; ')}.`);
  }
}

/** When the registry entry of a cluster does not say how to reach its etcd, and no instance tells it either. */
export class EtcdNotDescribed extends Error {
  override readonly name = 'EtcdNotDescribed';
  constructor(cluster: string) {
    super(
      `The registry entry of cluster ${cluster} does not say how to reach etcd, or names no endpoints while no running instance has the role etcd or control-plane. ` +
        'Describe it under etcd, or leave snapshots to whoever runs the control plane.',
    );
  }
}
