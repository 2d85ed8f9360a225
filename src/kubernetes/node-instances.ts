import { CoreV1Api } from '@kubernetes/client-node';
import { NodeNotFound, NodeWithoutInstance } from '../drains/errors.ts';
import type { NodeInstances } from '../nodes/retire-ports.ts';
import { kubernetesCallUnless } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** Which instance a Node is, by its provider id. */
export function kubernetesNodeInstances(connection: KubernetesConnection): NodeInstances {
  const core = connection.api(CoreV1Api);
  return {
    async find(cluster, nodeName) {
      const node = await kubernetesCallUnless([404], core.readNode({ name: nodeName }));
      if (!node) throw new NodeNotFound(cluster, nodeName);
      const providerId = node.spec?.providerID ?? '';
      const instanceId = /\/(i-[0-9a-f]{8,17})$/.exec(providerId)?.[1];
      if (instanceId === undefined) throw new NodeWithoutInstance(cluster, nodeName, providerId);
      return instanceId;
    },
  };
}
