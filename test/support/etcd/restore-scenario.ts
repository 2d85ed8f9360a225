import { setTimeout as sleep } from 'node:timers/promises';
import { attachTree } from '../../../rehearsal/kubeadm-tree/attach-tree.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';
import { rehearse, type ScenarioOptions } from '../scenarios/scenario.ts';
import { controlPlaneInstances, GROUP } from './control-plane.ts';
import type { EtcdRelease } from './etcd-releases.ts';
import { registerEtcd, snapshot } from './etcd-scenario.ts';
import { KubeadmControlPlane } from './kubeadm-control-plane.ts';

/** Control-plane instances of the local cloud whose disks are trees, on which real members of etcd run. */
export interface RestoreScenario {
  readonly scenario: FaultScenario;
  readonly controlPlane: KubeadmControlPlane;
  /** In the order of the nodes. */
  readonly instanceIds: readonly string[];
}

/** Makes them. Whoever calls stops the control plane. */
export async function rehearseRestore(
  release: EtcdRelease,
  { size = 3, ...options }: ScenarioOptions & { readonly size?: number } = {},
): Promise<RestoreScenario> {
  const scenario = await rehearse({ schedules: false, controlPlane: size, workers: 0, ready: true, ...options });
  const inService = () => [...(scenario.cloud.fleet.groups.all.get(GROUP)?.members.values() ?? [])];
  const isUp = (id: string) => scenario.cloud.fleet.instances.all.get(id)?.machine.up === true;
  const isThere = () =>
    inService().filter(({ state, instanceId }) => state === 'InService' && isUp(instanceId)).length === size;
  await scenario.world.until('the control plane is there', isThere);
  const instanceIds = controlPlaneInstances(scenario);
  const machines = instanceIds.map((id) => machineOf(scenario, id));
  const hosts = machines.map(({ privateIpAddress }) => privateIpAddress);
  const controlPlane = await KubeadmControlPlane.start(release, { size, hosts });
  machines.forEach((machine, index) => {
    attachTree(machine, controlPlane.node(index));
  });
  await registerEtcd(scenario, controlPlane);
  return { scenario, controlPlane, instanceIds };
}

/** One node with twenty objects, of which there is a snapshot. Whoever calls stops the control plane. */
export async function rehearseOneNode(release: EtcdRelease | undefined): Promise<RestoreScenario> {
  if (!release) throw new Error('there is no etcd');
  const restore = await rehearseRestore(release, { size: 1 });
  const writer = restore.controlPlane.writer();
  for (let index = 0; index < 20; index += 1) await writer.put(`/registry/pods/default/${index}`, 'a pod');
  writer.close();
  await snapshot(restore.scenario);
  return restore;
}

/** Starts a restore from the console; gives its ARN. */
export function startRestore({ scenario }: RestoreScenario, input: object = {}): string {
  return scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', ...input });
}

/** Lets the world keep pace with etcd until a restore has ended, or something is so; gives its output, or what it failed with. */
export async function restoreEnds(
  restore: RestoreScenario,
  arn: string,
  until: () => boolean = () => false,
): Promise<unknown> {
  const { scenario } = restore;
  const ended = () => scenario.deployment.executions('etcd-restore').find((one) => one.arn === arn)?.run.outcome;
  const stop = new AbortController();
  const pace = scenario.world.pace(4, stop.signal);
  while (!ended() && !until()) {
    await cutPowerOfWhatIsOff(restore);
    await sleep(20);
  }
  stop.abort();
  await pace;
  const outcome = ended();
  if (outcome) await scenario.world.advance(1_000); // mails are under way
  return outcome?.status === 'SUCCEEDED' ? JSON.parse(outcome.output ?? 'null') : outcome;
}

/** Starts a restore, and lets it come to a state. */
export async function comesTo(restore: RestoreScenario, state: string, input: object) {
  const { scenario } = restore;
  const times = () => scenario.events('StateEntered').filter(({ details }) => details.state === state).length;
  const before = times();
  const arn = startRestore(restore, input);
  await restoreEnds(restore, arn, () => times() > before);
  const execution = scenario.deployment.executions('etcd-restore').find((one) => one.arn === arn);
  if (!execution) throw new Error(`no execution ${arn}`);
  return execution;
}

/** What EC2 stops stops on its tree. */
async function cutPowerOfWhatIsOff({ scenario, controlPlane, instanceIds }: RestoreScenario): Promise<void> {
  for (const [index, id] of instanceIds.entries()) {
    if (!machineOf(scenario, id).up) await controlPlane.node(index).kubelet.cutPower();
  }
}

/** An instance is terminated with all that is on it. */
export async function lose({ scenario, controlPlane, instanceIds }: RestoreScenario, index: number): Promise<void> {
  await controlPlane.node(index).kubelet.cutPower();
  await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceIds[index]] });
  await scenario.world.advance(120_000);
}

function machineOf({ cloud }: FaultScenario, instanceId: string) {
  const machine = cloud.fleet.instances.all.get(instanceId)?.machine;
  if (!machine) throw new Error(`there is no instance ${instanceId}`);
  return machine;
}
