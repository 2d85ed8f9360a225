import { untilAccepted } from '../../../rehearsal/etcd/etcd-members.ts';
import type { Machine } from '../../../simulator/instances/machine.ts';
import { rehearseFleet } from '../scenarios/departure.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';
import type { ScenarioOptions } from '../scenarios/scenario.ts';
import { EtcdCluster } from './etcd-cluster.ts';
import type { EtcdRelease } from './etcd-releases.ts';
import { describeEtcd, registerEtcd } from './etcd-scenario.ts';

export { untilAccepted };

/** A control plane of the local cloud, and a real member of etcd for each of its instances. */
export interface ControlPlane {
  readonly scenario: FaultScenario;
  readonly etcd: EtcdCluster;
  /** In the order of the members. */
  readonly instanceIds: readonly string[];
}

/** The Auto Scaling group of the demo's control plane. */
export const GROUP = 'demo-control-plane';

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

/**
 * A control plane of three whose group's later instances join by kubeadm, with real members of etcd that wait for them, as many as `spare`.
 *
 * @param etcdSeconds how long etcd takes to take one in, more than it really does; default: no time
 */
export async function rehearseJoiningControlPlane(
  release: EtcdRelease,
  spare: number,
  { etcdSeconds }: { readonly etcdSeconds?: number } = {},
): Promise<ControlPlane> {
  let etcd: EtcdCluster | undefined;
  const waiting: string[] = [];
  const joinEtcd = async ({ privateIpAddress }: Machine) => {
    const name = waiting.shift();
    if (!etcd || name === undefined) throw new Error('nobody waits for an instance');
    etcd.standsFor(name, privateIpAddress);
    await etcd.join(name);
  };
  const { scenario } = await rehearseFleet({
    workers: 1,
    controlPlane: 3,
    controlPlaneJoins: { joinEtcd, ...(etcdSeconds !== undefined && { etcdSeconds }) },
  });
  const instanceIds = controlPlaneInstances(scenario);
  const hosts = instanceIds.map((id) => scenario.cloud.fleet.instances.all.get(id)?.privateIpAddress ?? '');
  etcd = await EtcdCluster.start(release, { size: 3, hosts });
  for (let count = 0; count < spare; count += 1) waiting.push((await etcd.prepareMember()).name);
  await registerEtcd(scenario, etcd);
  await change(scenario, (entry) => ({ ...entry, join: { ...entry.join, controlPlane: 'kubeadm' } }));
  return { scenario, etcd, instanceIds };
}

async function change(scenario: FaultScenario, how: (entry: { readonly join?: object }) => object): Promise<void> {
  const Name = '/tender/clusters/demo';
  const { Parameter } = await scenario.operate<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name });
  const Value = JSON.stringify(how(JSON.parse(Parameter.Value) as { readonly join?: object }));
  await scenario.operate('ssm', 'PutParameter', { Name, Type: 'String', Overwrite: true, Value });
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
export async function joinAsKubeadmDoes({ scenario, etcd }: ControlPlane): Promise<string> {
  const { name } = await etcd.prepareMember();
  await etcd.join(name);
  await describeEtcd(scenario, etcd);
  return name;
}
