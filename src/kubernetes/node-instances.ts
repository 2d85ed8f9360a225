import { CoreV1Api } from '@kubernetes/client-node';
import { NodeNotFound, NodeWithoutInstance } from '../drains/errors.ts';
import type { NodeInstances } from '../nodes/retire-ports.ts';
import { isUnreachable, kubernetesCallUnless } from './errors.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** Which instance a Node is, and which Node an instance, by provider ids. */
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
    async ofInstance(instanceId) {
      try {
        const nodes = await listAll((page) => core.listNode(page));
        const found = nodes.find(({ spec }) => spec?.providerID?.split('/').at(-1) === instanceId);
        const isReady = found?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
        const internalIp = found?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
        return found ? { name: found.metadata?.name ?? '', internalIp, isReady: isReady === true } : 'none';
      } catch (error) {
        if (isUnreachable(error)) return 'unknown';
        throw error;
      }
    },
  };
}
