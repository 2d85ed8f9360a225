import { AppsV1Api, PolicyV1Api, type V1Node } from '@kubernetes/client-node';
import type { BudgetFacts, NodeFacts, WorkloadFacts } from '../doctor/ports.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';
import { plainList } from './plain-lists.ts';

/** A Node before anybody knows its instance. */
export type PlainNode = Pick<NodeFacts, 'name' | 'instanceId' | 'kubeletVersion' | 'labels'>;

/** All Nodes of a cluster, with the instances that their provider ids name. */
export function plainNodes(connection: KubernetesConnection): Promise<readonly PlainNode[]> {
  return plainList<V1Node, PlainNode>(connection, '/api/v1/nodes', {}, ({ metadata, spec, status }) => ({
    name: metadata?.name ?? '',
    instanceId: /\/(i-[0-9a-f]{8,17})$/.exec(spec?.providerID ?? '')?.[1] ?? '',
    kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
    labels: metadata?.labels ?? {},
  }));
}

/** All PodDisruptionBudgets of a cluster, by what they allow now. */
export async function allowances(connection: KubernetesConnection): Promise<readonly BudgetFacts[]> {
  const policy = connection.api(PolicyV1Api);
  const all = await listAll((page) => policy.listPodDisruptionBudgetForAllNamespaces(page));
  return all.map(({ metadata, spec, status }) => ({
    name: `${metadata?.namespace}/${metadata?.name}`,
    minAvailable: `${spec?.minAvailable ?? ''}`,
    maxUnavailable: `${spec?.maxUnavailable ?? ''}`,
    expectedPods: status?.expectedPods ?? 0,
    allowed: status?.disruptionsAllowed ?? 0,
  }));
}

/** DaemonSets, as `namespace/name`. */
export async function daemonSetNames(connection: KubernetesConnection): Promise<readonly string[]> {
  const apps = connection.api(AppsV1Api);
  const all = await listAll((page) => apps.listDaemonSetForAllNamespaces(page));
  return all.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
}

interface PlainPod {
  readonly metadata: {
    readonly namespace: string;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly status?: { readonly phase?: string };
}

/** ReplicaSets and StatefulSets of which one pod runs. Told by the pods: Tender may not read the sets themselves. */
export async function singleWorkloads(connection: KubernetesConnection): Promise<WorkloadFacts> {
  const owners = await plainList<PlainPod, string>(connection, '/api/v1/pods', {}, ({ metadata, status }) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    const counts =
      owner && ['ReplicaSet', 'StatefulSet'].includes(owner.kind) && /Running|Pending/.test(status?.phase ?? '');
    return counts ? `${metadata.namespace}/${owner.name}` : '';
  });
  const counted = new Map<string, number>();
  for (const owner of owners) if (owner !== '') counted.set(owner, (counted.get(owner) ?? 0) + 1);
  return {
    singles: [...counted]
      .filter(([, count]) => count === 1)
      .map(([owner]) => owner)
      .sort(),
  };
}
