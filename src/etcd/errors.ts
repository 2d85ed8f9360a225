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

/** When what is put where snapshots are kept does not come back as it was put. Nothing was read of etcd. */
export class SnapshotStoreUnfit extends Error {
  override readonly name = 'SnapshotStoreUnfit';
  constructor(address: string, wrong: readonly string[]) {
    super(`The canary ${address} is not as it was put: ${wrong.join('; ')}. No snapshot was taken.`);
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

/** When a cluster has no snapshot of this id, or none at all. */
export class SnapshotNotFound extends Error {
  override readonly name = 'SnapshotNotFound';
  constructor(cluster: string, id: string | undefined, nearest: string | undefined) {
    super(
      id === undefined || nearest === undefined
        ? `Cluster ${cluster} has no snapshot${id === undefined ? '' : ` ${id}, nor any other`}.`
        : `Cluster ${cluster} has no snapshot ${id}. Did you mean ${nearest}?`,
    );
  }
}

/** When what lies under a cluster's name is the record of another cluster, or of another snapshot. */
export class SnapshotForeign extends Error {
  override readonly name = 'SnapshotForeign';
  constructor(cluster: string, record: { readonly cluster: string; readonly id: string }) {
    super(
      `What lies among the snapshots of cluster ${cluster} is snapshot ${record.id} of cluster ${record.cluster}. Somebody put it there; nothing was done with it.`,
    );
  }
}

/** When what the store gives back is not the snapshot that its record describes: bytes are missing, or are others. */
export class SnapshotDamaged extends Error {
  override readonly name = 'SnapshotDamaged';
  constructor(id: string, differences: readonly string[], options?: ErrorOptions) {
    super(`Snapshot ${id} is not what was stored: ${differences.join('; ')}.`, options);
  }
}

/** When a snapshot is larger than a drill can restore: in a function, where the stage has no image for a task; or on the largest disk that a task can have. */
export class SnapshotTooLargeToDrill extends Error {
  override readonly name = 'SnapshotTooLargeToDrill';
  constructor(id: string, bytes: number, hasImage: boolean) {
    const gib = (size: number) => `${(size / 1024 ** 3).toFixed(1)} GiB`;
    super(
      hasImage
        ? `Snapshot ${id} has ${gib(bytes)}, and a task's largest disk of 200 GiB carries the restore of 93 GiB. Drill it by hand.`
        : `Snapshot ${id} has ${gib(bytes)}, and a function's disk of 10 GB carries the restore of 4.5 GiB. ` +
            'Give the stage an image for drills on Fargate: parameters drillImage, drillSubnetIds and drillSecurityGroupIds (docs/etcd.md).',
    );
  }
}

/** When the task that drills on Fargate ended without a word: it was killed, ran out of memory or time, or never started. */
export class DrillTaskStopped extends Error {
  override readonly name = 'DrillTaskStopped';
  constructor(id: string, why: string) {
    super(
      `The task that was to drill snapshot ${id} on Fargate ended without a proof, and without saying why itself: ${why}.`,
    );
  }
}

/** When the disk of a drill has no room for the snapshot, or for its restore. */
export class DrillDiskFull extends Error {
  override readonly name = 'DrillDiskFull';
}

/** When a drill has no etcd or no etcdutl to restore with. */
export class DrillToolsMissing extends Error {
  override readonly name = 'DrillToolsMissing';
  constructor(missing: readonly string[]) {
    super(
      `There is no ${missing.join(' and no ')} to restore with. Give the function a layer with the programs of etcd 3.5.10 or later in bin/ (parameter drillLayerArns); an image for drills has them in /usr/local/bin.`,
    );
  }
}

/** When etcd's own tool does not restore a snapshot whose bytes are those that etcd sent. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** When an etcd does not start on a restored snapshot, or does not answer. */
export class RestoredEtcdBroken extends Error {
  override readonly name = 'RestoredEtcdBroken';
}

/** When a snapshot restores, and is not what its record says: another revision, keys that are missing. */
export class RestoredDataWrong extends Error {
  override readonly name = 'RestoredDataWrong';
  constructor(id: string, problems: readonly string[]) {
    super(`Snapshot ${id} restores, and is not what it should be: ${problems.join('; ')}.`);
  }
}

/** When an API server does not start on a restored snapshot, cannot list everything that is in it, or cannot write. */
export class RestoredKubernetesBroken extends Error {
  override readonly name = 'RestoredKubernetesBroken';
  constructor(version: string, problems: readonly string[]) {
    super(`A kube-apiserver ${version} does not work on the restored data: ${problems.slice(0, 20).join('; ')}.`);
  }
}

/** When no control-plane instance of a cluster runs that takes commands of this deployment: none at all, or they are in another account or region. */
export class PkiNotReachable extends Error {
  override readonly name = 'PkiNotReachable';
  constructor(cluster: string) {
    super(
      `No instance of a group with the role control-plane of cluster ${cluster} runs in this account and region, so that its PKI cannot be read.`,
    );
  }
}

/** When a control-plane node did not give its PKI. */
export class PkiNotRead extends Error {
  override readonly name = 'PkiNotRead';
  constructor(instanceId: string, why: string) {
    super(`The PKI was not read on ${instanceId}: ${why}.`);
  }
}

/** When a backup of PKI does not decrypt to what was encrypted. */
export class PkiUnreadable extends Error {
  override readonly name = 'PkiUnreadable';
  constructor(id: string) {
    super(`The PKI ${id} does not decrypt to what was kept. Somebody changed it.`);
  }
}

/** When a cluster's PKI is not backed up: a snapshot alone restores no cluster (S24). */
export class PkiMissing extends Error {
  override readonly name = 'PkiMissing';
  constructor(cluster: string) {
    super(
      `There is no backup of the PKI of cluster ${cluster}, and without it a snapshot restores nothing when all control-plane nodes are gone.`,
    );
  }
}

/** When the PKI that is backed up is not that of the cluster in the snapshot. */
export class PkiNotMatching extends Error {
  override readonly name = 'PkiNotMatching';
  constructor(snapshot: string, pki: string, problems: readonly string[]) {
    super(`The PKI ${pki} does not match snapshot ${snapshot}: ${problems.join('; ')}.`);
  }
}

/** When etcd is not to be restored, or cannot be: it still has a leader, nobody can say, the snapshot is of another etcd, no node could take it. */
export class RestoreNotPossible extends Error {
  override readonly name = 'RestoreNotPossible';
}

/** When another execution restores the same cluster, or has taken this restore over. */
export class RestoreUnderWay extends Error {
  override readonly name = 'RestoreUnderWay';
  constructor(cluster: string, owner: string) {
    super(`A restore of etcd of cluster ${cluster} is under way: ${owner}. There is one at a time.`);
  }
}

/** When a step of a restore failed on a node, or a node stopped taking commands. What was there before is still there. */
export class RestoreStepFailed extends Error {
  override readonly name = 'RestoreStepFailed';
  constructor(step: string, problems: readonly string[]) {
    super(`The step ${step} of the restore failed: ${problems.join('; ')}.`);
  }
}

/** When a member of etcd has other data than what was restored of a snapshot, at the same revision. */
export class EtcdDataDiffers extends Error {
  override readonly name = 'EtcdDataDiffers';
  constructor(id: string, revision: number, members: readonly string[]) {
    super(
      `At revision ${revision} the data of ${members.join(', ')} differ from what was restored of snapshot ${id}. One of them is broken.`,
    );
  }
}
