import { CoreV1Api } from '@kubernetes/client-node';
import type { NodeEvents } from '../nodes/ports.ts';
import { kubernetesCall } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/**
 * Writes Events about Nodes, into the namespace `default`, where kubectl looks for those of objects without a namespace.
 *
 * @param onFailure told of an event that could not be written; the step goes on without it
 */
export function kubernetesNodeEvents(
  connection: KubernetesConnection,
  now: () => Date,
  onFailure: (error: unknown) => void,
): NodeEvents {
  const core = connection.api(CoreV1Api);
  return {
    async record(nodeName, { type, reason, message }) {
      const time = now();
      const body = {
        metadata: { generateName: `${nodeName}.tender.`, namespace: 'default' },
        // The kubelet and the node controller use the name as the uid too; kubectl describe looks for either.
        involvedObject: { kind: 'Node', name: nodeName, uid: nodeName },
        type,
        reason,
        message,
        source: { component: 'tender' },
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
        reportingComponent: 'tender',
        reportingInstance: 'tender',
      };
      await kubernetesCall(core.createNamespacedEvent({ namespace: 'default', body })).catch(onFailure);
    },
  };
}
