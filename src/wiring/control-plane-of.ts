import { certificateUploads } from '../aws/certificate-uploads.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { etcdInstances } from '../aws/etcd-instances.ts';
import { clusterMembers } from '../aws/group-attachments.ts';
import { s3ControlPlaneTurns } from '../aws/s3-control-plane-turns.ts';
import { ssmJoinParameters } from '../aws/ssm-join-parameters.ts';
import { stateMachineExecutions } from '../aws/state-machine-executions.ts';
import { findVoter } from '../etcd/find-voter.ts';
import { makeRoom } from '../etcd/make-room.ts';
import { endControlPlaneTurn } from '../nodes/end-control-plane-turn.ts';
import type { ControlPlane } from '../nodes/turn-ports.ts';
import { randomText } from '../runtime/random-text.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { type EtcdDoors, etcdDoors } from './etcd-members.ts';
import { thenDoorsClosed } from './etcd-membership.ts';
import { joinKeyOf } from './join-key.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';

/**
 * What preparing a join of the control plane works with.
 * @throws ClusterNotFound, ClusterMisconfigured, EtcdNotDescribed, SecretUnusable, SettingMissing, and what AWS throws
 */
export async function controlPlaneOf(name: string, environment: Environment, now: () => Date) {
  const registered = await registeredCluster(name, environment);
  const { aws, home } = registered;
  return {
    turns: s3ControlPlaneTurns(home, setting(environment, 'STATE_BUCKET')),
    parameters: ssmJoinParameters(aws, joinKeyOf(registered, environment)),
    uploads: certificateUploads(aws, setting(environment, 'UPLOAD_DOCUMENT')),
    controlPlane: controlPlaneIn(registered, await etcdDoors(registered), now),
    randomText,
  };
}

function controlPlaneIn({ aws, home, cluster }: RegisteredCluster, doors: EtcdDoors, now: () => Date): ControlPlane {
  const executions = stateMachineExecutions(home);
  return {
    async others(instanceId) {
      const members = await clusterMembers(aws).membersOf(cluster.name);
      const ids = members
        .filter(({ role, lifecycleState }) => role === 'control-plane' && lifecycleState === 'InService')
        .map((one) => one.instanceId);
      const found = await ec2Instances(aws).describe(ids.filter((id) => id !== instanceId));
      return [...found.values()].filter(({ state }) => state === 'running');
    },
    hasRoom: (newcomer) =>
      thenDoorsClosed(doors, () =>
        makeRoom(newcomer, doors.members, etcdInstances(aws, cluster.name), doors.open, now()),
      ),
    async isRunning(execution) {
      const status = (await executions.describe(execution))?.status;
      return status === 'RUNNING' || status === 'PENDING_REDRIVE';
    },
  };
}

/**
 * Looks for the voter at an instance that has joined; once it is there, the next one's turn has come.
 * @throws ClusterNotFound, ClusterMisconfigured, EtcdNotDescribed, SecretUnusable, SettingMissing, and what AWS and etcd throw
 */
export async function voterOf(name: string, environment: Environment) {
  const registered = await registeredCluster(name, environment);
  const doors = await etcdDoors(registered);
  const turns = s3ControlPlaneTurns(registered.home, setting(environment, 'STATE_BUCKET'));
  return async (instanceId: string, execution: string) => {
    const directory = etcdInstances(registered.aws, name);
    const answer = await thenDoorsClosed(doors, () => findVoter(instanceId, doors.members, directory, doors.open));
    if (answer.voter) await endControlPlaneTurn({ cluster: name, execution }, turns);
    return answer;
  };
}
