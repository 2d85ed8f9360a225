import { CoordinationV1Api, CoreV1Api, type V1Node } from '@kubernetes/client-node';
import type { SickNode, SickNodes } from '../repairs/ports.ts';
import { isUnreachable, kubernetesCallUnless } from './errors.ts';
import { kubernetesNodeInstances } from './node-instances.ts';
import { nodeOfInstance } from './node-of-instance.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** The Nodes of a cluster, as repairs see them. */
export function kubernetesSickNodes(connection: KubernetesConnection): SickNodes {
  const core = connection.api(CoreV1Api);
  const coordination = connection.api(CoordinationV1Api);
  return {
    instanceOf: (cluster, nodeName) => kubernetesNodeInstances(connection).find(cluster, nodeName),
    async find(target) {
      try {
        const node = await nodeOfInstance(core, target);
        return typeof node === 'string' ? node : nodeOf(node);
      } catch (error) {
        if (isUnreachable(error)) return 'unknown';
        throw error;
      }
    },
    async leaseRenewedAt(name) {
      const reading = coordination.readNamespacedLease({ name, namespace: 'kube-node-lease' });
      const renewed = (await kubernetesCallUnless([404], reading))?.spec?.renewTime;
      // The client gives a time with microseconds as the text that it came as.
      return renewed === undefined ? '' : new Date(renewed).toISOString();
    },
  };
}

function nodeOf({ metadata, status }: V1Node): SickNode {
  return {
    name: metadata?.name ?? '',
    bootId: status?.nodeInfo?.bootID ?? '',
    annotations: metadata?.annotations ?? {},
    conditions: (status?.conditions ?? []).map(({ type, status: said, reason, lastTransitionTime }) => ({
      type,
      status: said,
      reason: reason ?? '',
      since: lastTransitionTime?.toISOString() ?? '',
    })),
  };
}
