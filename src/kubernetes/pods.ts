import { CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import type { NodePod, Pods } from '../nodes/ports.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** A static pod's mirror carries this annotation (kubernetes.io/docs/reference/labels-annotations-taints). */
const MIRROR = 'kubernetes.io/config.mirror';

/** The pods of a cluster. */
export function kubernetesPods(connection: KubernetesConnection): Pods {
  const core = connection.api(CoreV1Api);
  return {
    async onNode(nodeName) {
      const fieldSelector = `spec.nodeName=${nodeName}`;
      return (await listAll((page) => core.listPodForAllNamespaces({ fieldSelector, ...page }))).map(podOf);
    },
  };
}

function podOf({ metadata, status }: V1Pod): NodePod {
  const owner = metadata?.ownerReferences?.find((reference) => reference.controller);
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    phase: status?.phase ?? 'Unknown',
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    ownerKind: owner?.kind ?? '',
    ownerName: owner?.name ?? '',
    mirror: metadata?.annotations?.[MIRROR] !== undefined,
  };
}
