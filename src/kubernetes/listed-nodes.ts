import { CoreV1Api, type V1Node } from '@kubernetes/client-node';
import type { ListedNode, ListedNodes } from '../loadbalancers/ports.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** All Nodes of a cluster, as far as load balancers go. */
export function kubernetesListedNodes(connection: KubernetesConnection): ListedNodes {
  const core = connection.api(CoreV1Api);
  return { list: async () => (await listAll((page) => core.listNode(page))).map(listedNode) };
}

function listedNode({ metadata, spec, status }: V1Node): ListedNode {
  return {
    name: metadata?.name ?? '',
    providerId: spec?.providerID ?? '',
    addresses: (status?.addresses ?? []).map(({ address }) => address),
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    taints: (spec?.taints ?? []).map(({ key }) => key),
    ready: (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True'),
    leaving: metadata?.deletionTimestamp !== undefined,
  };
}
