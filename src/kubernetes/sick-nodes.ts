import { CoordinationV1Api, CoreV1Api, type V1Node } from '@kubernetes/client-node';
import type { SickNode, SickNodes } from '../repairs/ports.ts';
import { isUnreachable, kubernetesCallUnless } from './errors.ts';
import { listAll } from './list-all.ts';
import { kubernetesNodeInstances } from './node-instances.ts';
import type { KubernetesConnection } from './open-cluster.ts';

type Target = Parameters<SickNodes['find']>[0];

/** The Nodes of a cluster, as repairs see them. */
export function kubernetesSickNodes(connection: KubernetesConnection): SickNodes {
  const core = connection.api(CoreV1Api);
  const coordination = connection.api(CoordinationV1Api);
  const read = async ({ instanceId, nodeName: name, names }: Target): Promise<V1Node | 'none' | 'unknown'> => {
    const named = name === '' ? undefined : await kubernetesCallUnless([404], core.readNode({ name }));
    if (named && (isOf(named, instanceId) || isNobodys(named))) return named;
    if (name !== '' && !named) return 'none';
    const nodes = await listAll((page) => core.listNode(page));
    const own = nodes.filter((node) => isOf(node, instanceId)).sort(youngestFirst)[0];
    const nobodys = nodes.filter(isNobodys);
    const found = own ?? nobodys.find(({ metadata }) => names.includes(metadata?.name ?? ''));
    return found ?? (nobodys.length > 0 ? 'unknown' : 'none');
  };
  return {
    instanceOf: (cluster, nodeName) => kubernetesNodeInstances(connection).find(cluster, nodeName),
    async find(target) {
      try {
        const node = await read(target);
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

/** No provider id yet, or no cloud controller that would give one. */
function isNobodys({ spec }: V1Node): boolean {
  return (spec?.providerID ?? '') === '';
}

function youngestFirst(a: V1Node, b: V1Node): number {
  return (b.metadata?.creationTimestamp?.getTime() ?? 0) - (a.metadata?.creationTimestamp?.getTime() ?? 0);
}

function isOf({ spec }: V1Node, instanceId: string): boolean {
  return spec?.providerID?.split('/').at(-1) === instanceId;
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
