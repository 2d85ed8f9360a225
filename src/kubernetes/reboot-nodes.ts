import { CoreV1Api, PatchStrategy, setHeaderOptions, type V1Node } from '@kubernetes/client-node';
import { NodeChanged, NodeVanished } from '../nodes/errors.ts';
import type { FleetNode, FleetNodes } from '../reboots/lock-ports.ts';
import type { RebootNodes } from '../reboots/ports.ts';
import { ConflictingWrite, isUnreachable, kubernetesCall, statusOf } from './errors.ts';
import { listAll } from './list-all.ts';
import { kubernetesNodeInstances } from './node-instances.ts';
import { nodeOfInstance } from './node-of-instance.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** The Nodes of a cluster, as reboots see and mark them. */
export function kubernetesRebootNodes(connection: KubernetesConnection): RebootNodes & FleetNodes {
  const core = connection.api(CoreV1Api);
  return {
    instanceOf: (cluster, nodeName) => kubernetesNodeInstances(connection).find(cluster, nodeName),
    async list() {
      try {
        return (await listAll((page) => core.listNode(page))).map(nodeOf);
      } catch (error) {
        if (isUnreachable(error)) return 'unknown';
        throw error;
      }
    },
    async find(target) {
      try {
        const node = await nodeOfInstance(core, target);
        return typeof node === 'string' ? node : nodeOf(node);
      } catch (error) {
        if (isUnreachable(error)) return 'unknown';
        throw error;
      }
    },
    async change({ name, resourceVersion }, { labels, annotations }) {
      // The resource version in the patch makes the API server refuse it when anybody wrote the node meanwhile.
      const body = { metadata: { resourceVersion, labels, annotations } };
      const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      const patched = core.patchNode({ name, body }, asMerge).catch((error: unknown) => {
        throw statusOf(error) === 404 ? new NodeVanished(name) : error;
      });
      await kubernetesCall(patched).catch((error: unknown) => {
        throw error instanceof ConflictingWrite ? new NodeChanged(name) : error;
      });
    },
  };
}

function nodeOf({ metadata, spec, status }: V1Node): FleetNode {
  return {
    name: metadata?.name ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    instanceId: spec?.providerID?.split('/').at(-1) ?? '',
    machineId: status?.nodeInfo?.machineID ?? '',
    bootId: status?.nodeInfo?.bootID ?? '',
    osImage: status?.nodeInfo?.osImage ?? '',
    kernelVersion: status?.nodeInfo?.kernelVersion ?? '',
    ready: status?.conditions?.some(({ type, status: said }) => type === 'Ready' && said === 'True') === true,
    unschedulable: spec?.unschedulable ?? false,
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
  };
}
