import { CoreV1Api, PatchStrategy, setHeaderOptions, type V1Node } from '@kubernetes/client-node';
import { NodeChanged, NodeVanished } from '../nodes/errors.ts';
import type { Node, Nodes } from '../nodes/ports.ts';
import { ConflictingWrite, kubernetesCall, kubernetesCallUnless, statusOf } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** The Nodes of a cluster. */
export function kubernetesNodes(connection: KubernetesConnection): Nodes {
  const core = connection.api(CoreV1Api);
  return {
    async get(name) {
      const node = await kubernetesCallUnless([404], core.readNode({ name }));
      return node && nodeOf(node);
    },
    async change({ name, resourceVersion }, { labels, annotations, taints }) {
      // The resource version in the patch makes the API server refuse it when anybody wrote the node meanwhile.
      const body = { metadata: { resourceVersion, labels, annotations }, ...(taints && { spec: { taints } }) };
      const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      const patched = core.patchNode({ name, body }, asMerge).catch((error: unknown) => {
        throw statusOf(error) === 404 ? new NodeVanished(name) : error;
      });
      await kubernetesCall(patched).catch((error: unknown) => {
        throw error instanceof ConflictingWrite ? new NodeChanged(name) : error;
      });
    },
    async delete(name) {
      await kubernetesCallUnless([404], core.deleteNode({ name }));
    },
  };
}

function nodeOf({ metadata, spec, status }: V1Node): Node {
  return {
    name: metadata?.name ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    providerId: spec?.providerID ?? '',
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({
      key,
      ...(value !== undefined && { value }),
      effect: effectOf(effect),
    })),
    conditions: (status?.conditions ?? []).map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason ?? '',
      message: condition.message ?? '',
      since: condition.lastTransitionTime?.toISOString() ?? '',
    })),
  };
}

function effectOf(effect: string): Node['taints'][number]['effect'] {
  if (effect === 'NoExecute' || effect === 'PreferNoSchedule') return effect;
  return 'NoSchedule';
}
