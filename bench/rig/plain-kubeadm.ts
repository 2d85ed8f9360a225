import type { DemoCluster } from '../../rehearsal/demo-cluster.ts';
import { driven } from '../../rehearsal/local-deployment.ts';
import type { Machine } from '../../simulator/instances/machine.ts';
import type { ClusterNode, Pod } from '../../simulator/kubernetes/api/objects.ts';
import { conditionOf } from '../../simulator/kubernetes/api/objects.ts';
import { KUBEADM_TOKEN_GROUP } from '../../simulator/kubernetes/auth/bootstrap-policy.ts';

const uninitialized = 'node.cloudprovider.kubernetes.io/uninitialized';
const token = { id: 'plain0', secret: '0123456789abcdef', groups: [KUBEADM_TOKEN_GROUP] };
const daemonSets = ['kube-flannel', 'kube-proxy'];

/**
 * What a node and its load balancers need by themselves: no join can be faster. A token waits on the machine when it boots, the
 * controller-manager approves its client certificate in the moment it is asked for, as it does for kubeadm's own group, and somebody who sees
 * everything at once registers the node's targets in the moment it is Ready, initialized and has its DaemonSets. Safe it is not (S38).
 */
export class PlainKubeadm {
  #cluster: DemoCluster | undefined;
  readonly #registered = new Set<string>();

  /** What an instance boots with. */
  readonly joinConfiguration = (machine: Machine): string => {
    if (!this.#cluster) throw new Error('no cluster to join yet');
    const { kubernetes } = this.#cluster;
    return JSON.stringify({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'JoinConfiguration',
      discovery: {
        bootstrapToken: {
          apiServerEndpoint: `${kubernetes.host}:6443`,
          token: `${token.id}.${token.secret}`,
          caCertHashes: [kubernetes.caCertHash],
        },
      },
      nodeRegistration: {
        kubeletExtraArgs: [
          { name: 'provider-id', value: `aws:///${machine.availabilityZone}/${machine.instanceId}` },
          { name: 'cloud-provider', value: 'external' },
        ],
      },
    });
  };

  /** Takes Tender's place in a cluster: from now on no hook reaches it. */
  async takeOver(cluster: DemoCluster): Promise<void> {
    this.#cluster = cluster;
    const { cloud } = cluster.deployment;
    const Name = cluster.deployment.resource('LifecycleHookRule').split('|').at(-1);
    await driven(cloud, () => cloud.operate('events', 'DisableRule', { Name }));
    const { seed, store } = cluster.kubernetes;
    seed.bootstrapToken(token);
    store.listen('nodes', ({ object }) => this.#look(cluster, object.metadata.name));
    store.listen('pods', ({ object }) => this.#look(cluster, (object as Pod).spec.nodeName));
  }

  #look(cluster: DemoCluster, nodeName: string | undefined): void {
    if (nodeName === undefined || this.#registered.has(nodeName) || !isJoined(cluster, nodeName)) return;
    this.#registered.add(nodeName);
    const { cloud } = cluster.deployment;
    const instance = [...cloud.fleet.instances.all.values()].find((one) => one.privateDnsName === nodeName);
    if (!instance) return;
    const { instanceId } = instance;
    // Without a call, so that no bucket can hold it up.
    const world = cloud.world;
    world.after(0, `register ${instanceId}`, () => {
      void cloud.operate('elasticloadbalancing', 'RegisterInstancesWithLoadBalancer', {
        LoadBalancerName: cluster.classicName,
        Instances: [{ InstanceId: instanceId }],
      });
      void cloud.operate('elasticloadbalancingv2', 'RegisterTargets', {
        TargetGroupArn: cluster.targetGroupArn,
        Targets: [{ Id: instanceId }],
      });
    });
  }
}

function isJoined({ kubernetes: { store } }: DemoCluster, nodeName: string): boolean {
  const node = store.find<ClusterNode>('nodes', nodeName);
  if (!node || conditionOf(node, 'Ready')?.status !== 'True') return false;
  if (node.spec.taints?.some(({ key }) => key === uninitialized)) return false;
  const pods = store.list<Pod>('pods', 'kube-system').filter(({ spec }) => spec.nodeName === nodeName);
  return daemonSets.every((name) => pods.some((pod) => ownerOf(pod) === name && isReady(pod)));
}

function ownerOf({ metadata }: Pod): string | undefined {
  return metadata.ownerReferences?.[0]?.name;
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
