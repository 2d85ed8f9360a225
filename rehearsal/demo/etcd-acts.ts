import type { Act, Stage } from './acts.ts';
import { mostWorkers } from './acts.ts';

const CONTROL_PLANE = 3;
const workers = mostWorkers - 1;

const pkiBackup: Act = {
  title: 'below the control plane are three real processes of etcd: the cluster’s PKI is backed up',
  workers,
  begin: async (stage) => start(stage, 'PkiBackupMachine'),
};

const snapshot: Act = {
  title: 'a snapshot of etcd is taken, and proven by a restore into an etcd of the drill’s own',
  workers,
  begin: async (stage) => start(stage, 'EtcdSnapshotMachine', { drill: true }),
  hasCome: ({ cluster }) => cluster.deployment.executions('etcd-drill').length > 0,
};

const lostMember: Act = {
  title: 'a control-plane machine dies, and its member of etcd with it',
  workers,
  begin: async (stage) => {
    const { etcd, cluster } = stage;
    if (!etcd) return;
    const { name, instanceId } = await etcd.loseFollower();
    stage.tell(`is dead, and ${name} of etcd with it`, instanceId);
    await cluster.deployment.cloud.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
  },
  hasCome: ({ cluster }) => {
    const { deployment, name } = cluster;
    const members = deployment.cloud.fleet.groups.all.get(`${name}-control-plane`)?.members ?? new Map();
    const serving = [...members.values()].filter(({ state }) => state === 'InService');
    return serving.length === CONTROL_PLANE && deployment.executions('etcd-member-replace').length > 0;
  },
};

/** What follows where there is an etcd. */
export const etcdActs: readonly Act[] = [pkiBackup, snapshot, lostMember];

function start({ cluster }: Stage, machine: `${string}Machine`, more: object = {}): void {
  cluster.deployment.start(machine, { cluster: cluster.name, ...more });
}
