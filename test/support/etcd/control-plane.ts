import { rehearseFleet } from '../scenarios/departure.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';
import type { ScenarioOptions } from '../scenarios/scenario.ts';
import { EtcdCluster } from './etcd-cluster.ts';
import type { EtcdRelease } from './etcd-releases.ts';
import { describeEtcd, registerEtcd } from './etcd-scenario.ts';

/** A control plane of the local cloud, and a real member of etcd for each of its instances. */
export interface ControlPlane {
  readonly scenario: FaultScenario;
  readonly etcd: EtcdCluster;
  /** In the order of the members. */
  readonly instanceIds: readonly string[];
}

const GROUP = 'demo-control-plane';

/** Control-plane instances, and a member of etcd for each that tells clients its instance's address. */
export async function rehearseControlPlane(
  release: EtcdRelease,
  size: number,
  options: ScenarioOptions = {},
): Promise<ControlPlane> {
  const { scenario } = await rehearseFleet({ workers: 1, ...options, controlPlane: size });
  const instanceIds = controlPlaneInstances(scenario);
  const hosts = instanceIds.map((id) => scenario.cloud.fleet.instances.all.get(id)?.privateIpAddress ?? '');
  const etcd = await EtcdCluster.start(release, { size, hosts });
  await registerEtcd(scenario, etcd);
  return { scenario, etcd, instanceIds };
}

/** Instances that the group of the control plane has now. */
export function controlPlaneInstances({ cloud }: FaultScenario): string[] {
  return [...(cloud.fleet.groups.all.get(GROUP)?.members.keys() ?? [])];
}

/** Of an instance in the group of the control plane. */
export function stateOf({ cloud }: FaultScenario, instanceId: string): string | undefined {
  return cloud.fleet.groups.all.get(GROUP)?.members.get(instanceId)?.state;
}

/** What `kubeadm join --control-plane` does about etcd: a learner is added, started, and promoted once etcd lets it. Gives its name. */
export async function joinAsKubeadmDoes({ scenario, etcd }: ControlPlane, running: readonly string[]): Promise<string> {
  const { name, peerUrl } = await etcd.prepareMember();
  const endpoint = etcd.open(running[0]);
  const { memberId } = await untilAccepted(() => endpoint.addMember([peerUrl], { asLearner: true }));
  etcd.startMember(name, 'existing', [...running, name]);
  await untilAccepted(() => endpoint.promoteMember(memberId));
  await etcd.untilReady([name]);
  await describeEtcd(scenario, etcd);
  return name;
}

/** A cluster that has just changed is not well yet by its own rules, and a learner has to catch up. */
export async function untilAccepted<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
