import { CoreV1Api, PatchStrategy, setHeaderOptions, type V1Node } from '@kubernetes/client-node';
import type { DrainNode, DrainNodes, DrainTaint } from '../drains/ports.ts';
import { NodeChanged, NodeVanished } from '../nodes/errors.ts';
import { ConflictingWrite, kubernetesCall, kubernetesCallUnless, statusOf } from './errors.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** The Nodes of a cluster, as drains see and change them. */
export function kubernetesDrainNodes(connection: KubernetesConnection): DrainNodes {
  const core = connection.api(CoreV1Api);
  return {
    async get(name) {
      const node = await kubernetesCallUnless([404], core.readNode({ name }));
      return node && nodeOf(node);
    },
    async ofInstance(instanceId, ipAddress) {
      const nodes = await listAll((page) => core.listNode(page));
      const byAddress = ({ spec, status }: V1Node) =>
        !spec?.providerID && status?.addresses?.some((one) => one.type === 'InternalIP' && one.address === ipAddress);
      const found =
        nodes.find(({ spec }) => spec?.providerID?.split('/').at(-1) === instanceId) ??
        (ipAddress === '' ? undefined : nodes.find(byAddress));
      return found && nodeOf(found);
    },
    async change({ name, resourceVersion }, { unschedulable, labels, annotations, taints }) {
      // The resource version in the patch makes the API server refuse it when anybody wrote the node meanwhile.
      const body = { metadata: { resourceVersion, labels, annotations }, spec: { unschedulable, taints } };
      const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      const patched = core.patchNode({ name, body }, asMerge).catch((error: unknown) => {
        throw statusOf(error) === 404 ? new NodeVanished(name) : error;
      });
      await kubernetesCall(patched).catch((error: unknown) => {
        throw error instanceof ConflictingWrite ? new NodeChanged(name) : error;
      });
    },
    async delete(name, uid) {
      // 409: the uid is another's. A machine of the same name registered anew, and its Node is not the one to delete.
      await kubernetesCallUnless([404, 409], core.deleteNode({ name, body: { preconditions: { uid } } }));
    },
  };
}

function nodeOf({ metadata, spec, status }: V1Node): DrainNode {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    providerId: spec?.providerID ?? '',
    internalIp: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    unschedulable: spec?.unschedulable ?? false,
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({
      key,
      ...(value !== undefined && { value }),
      effect: effectOf(effect),
    })),
    ready: readyOf(condition?.status),
    readySince: (condition?.lastTransitionTime ?? metadata?.creationTimestamp)?.toISOString() ?? '',
  };
}

function effectOf(effect: string): DrainTaint['effect'] {
  if (effect === 'NoExecute' || effect === 'PreferNoSchedule') return effect;
  return 'NoSchedule';
}

function readyOf(status: string | undefined): DrainNode['ready'] {
  return status === 'True' || status === 'False' ? status : 'Unknown';
}
