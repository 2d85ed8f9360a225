import { CoreV1Api, type V1Node } from '@kubernetes/client-node';
import type { SystemNode, SystemNodes } from '../images/ports.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** All Nodes of a cluster, as far as their system goes. */
export function kubernetesSystemNodes(connection: KubernetesConnection): SystemNodes {
  const core = connection.api(CoreV1Api);
  return { list: async () => (await listAll((page) => core.listNode(page))).map(systemNode) };
}

function systemNode({ metadata, spec, status }: V1Node): SystemNode {
  const { osImage, kernelVersion, kubeletVersion, bootID } = status?.nodeInfo ?? {};
  return {
    name: metadata?.name ?? '',
    instanceId: spec?.providerID?.split('/').at(-1) ?? '',
    os: osImage ?? '',
    kernel: kernelVersion ?? '',
    kubelet: kubeletVersion ?? '',
    bootId: bootID ?? '',
  };
}
