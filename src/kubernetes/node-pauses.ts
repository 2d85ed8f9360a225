import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { pausedAnnotation } from '../health/names.ts';
import { kubernetesCallUnless } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** Pauses of single Nodes, as an annotation. */
export function nodePauses(connection: KubernetesConnection) {
  const core = connection.api(CoreV1Api);
  return {
    /** False when there is no such Node. */
    async set(name: string, until: Date | null): Promise<boolean> {
      const body = { metadata: { annotations: { [pausedAnnotation]: until?.toISOString() ?? null } } };
      const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      return (await kubernetesCallUnless([404], core.patchNode({ name, body }, asMerge))) !== undefined;
    },
  };
}
