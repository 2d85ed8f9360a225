import { CoreV1Api, PatchStrategy, setHeaderOptions, type V1Node, type V1Taint } from '@kubernetes/client-node';
import {
  outdatedTaint,
  ownerAnnotation,
  scaleDownDisabledAnnotation,
  scaleDownDisabledByAnnotation,
} from '../updates/names.ts';
import type { PodRestart, UnreadyPod, UpdatingNode, UpdatingNodes } from '../updates/ports.ts';
import { ConflictingWrite, isUnreachable, kubernetesCall, kubernetesCallUnless } from './errors.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';
import { plainList } from './plain-lists.ts';
import { type PlainPod, placeOf, restartOf, revisionOf, templateOf } from './plain-pods.ts';

interface PodObject extends PlainPod {
  readonly status?: NonNullable<PlainPod['status']> & {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string | null;
    }[];
  };
}

/** What is kept of a pod: of one that is ready where one of its revision is. */
interface PodState {
  readonly unready: Omit<UnreadyPod, 'readyOn'> | undefined;
  readonly readyOn: string;
  readonly revision: string;
  readonly template: string;
  readonly restart: PodRestart | undefined;
}

/** As its own examples label it, and its Helm chart. */
const AUTOSCALER_LABELS = [
  'app=cluster-autoscaler',
  'app.kubernetes.io/name in (cluster-autoscaler,aws-cluster-autoscaler)',
];

/** The controllers of a cluster write to a Node as well, and never for long. */
const MOST_TURNS = 10;

/** Nodes of a cluster, as updates see and mark them. */
export function kubernetesUpdatingNodes(connection: KubernetesConnection): UpdatingNodes {
  const core = connection.api(CoreV1Api);
  return {
    async list() {
      try {
        return (await listAll((page) => core.listNode(page))).map(nodeOf);
      } catch (error) {
        if (isUnreachable(error)) return 'unknown';
        throw error;
      }
    },
    async mark(name, marks, owner) {
      const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      for (let turn = 1; ; turn += 1) {
        const node = await kubernetesCallUnless([404], core.readNode({ name }));
        const patch = node && patchOf(node, marks, owner);
        if (!patch) return;
        try {
          await kubernetesCallUnless([404], core.patchNode({ name, body: patch }, asMerge));
          return;
        } catch (error) {
          if (!(error instanceof ConflictingWrite) || turn === MOST_TURNS) throw error;
        }
      }
    },
    async pods(since) {
      try {
        const seen = await plainList<PodObject, PodState>(connection, '/api/v1/pods', { mayBeStale: true }, (pod) =>
          stateOf(pod, since),
        );
        const revisions = [...new Set(seen.map(({ template }) => template))].filter((one) => one !== '');
        return { unready: unreadyOf(seen), restarted: seen.flatMap(({ restart }) => restart ?? []), revisions };
      } catch (error) {
        if (isUnreachable(error)) return null;
        throw error;
      }
    },
    async hasAutoscaler() {
      try {
        const lists = await Promise.all(
          AUTOSCALER_LABELS.map((labelSelector) =>
            kubernetesCall(core.listNamespacedPod({ namespace: 'kube-system', labelSelector, limit: 1 })),
          ),
        );
        return lists.some(({ items }) => items.length > 0);
      } catch (error) {
        if (isUnreachable(error)) return false;
        throw error;
      }
    },
  };
}

function stateOf(pod: PodObject, since: string): PodState {
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const isReady = condition?.status === 'True';
  const { creationTimestamp: createdAt = '' } = pod.metadata;
  return {
    // One that no node has taken has no such condition.
    unready:
      isOver || isReady ? undefined : { ...placeOf(pod), createdAt, since: condition?.lastTransitionTime ?? createdAt },
    readyOn: !isOver && isReady ? (pod.spec?.nodeName ?? '') : '',
    revision: revisionOf(pod),
    template: templateOf(pod.metadata),
    restart: restartOf(pod, since),
  };
}

/** Each that is not ready, with the nodes on which others of its revision are. */
function unreadyOf(pods: readonly PodState[]): readonly UnreadyPod[] {
  const readyOn = new Map<string, string[]>();
  for (const { unready, revision } of pods) if (unready) readyOn.set(revision, []);
  for (const pod of pods) if (pod.readyOn !== '') readyOn.get(pod.revision)?.push(pod.readyOn);
  return pods.flatMap(({ unready, revision }) =>
    unready ? [{ ...unready, readyOn: readyOn.get(revision) ?? [] }] : [],
  );
}

function nodeOf({ metadata, spec, status }: V1Node): UpdatingNode {
  return {
    name: metadata?.name ?? '',
    instanceId: spec?.providerID?.split('/').at(-1) ?? '',
    ready: status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false,
    outdated: spec?.taints?.some(({ key }) => key === outdatedTaint) ?? false,
    held: metadata?.annotations?.[scaleDownDisabledAnnotation] === 'true',
    heldByUs: metadata?.annotations?.[scaleDownDisabledByAnnotation] !== undefined,
    owner: metadata?.annotations?.[ownerAnnotation] ?? '',
  };
}

/** The resource version in it makes the API server refuse it when anybody wrote the node meanwhile: taints are a list, and a list is replaced as a whole. */
function patchOf(node: V1Node, marks: { readonly outdated: boolean; readonly held: boolean }, owner: string) {
  const before = nodeOf(node);
  if (before.outdated === marks.outdated && before.heldByUs === marks.held) return undefined;
  const others = (node.spec?.taints ?? []).filter(({ key }) => key !== outdatedTaint);
  const ours: V1Taint[] = marks.outdated ? [{ key: outdatedTaint, effect: 'PreferNoSchedule' }] : [];
  const taints = [...others, ...ours];
  const annotations = {
    [scaleDownDisabledAnnotation]: marks.held ? 'true' : null,
    [scaleDownDisabledByAnnotation]: marks.held ? owner : null,
  };
  return {
    metadata: {
      ...(node.metadata?.resourceVersion !== undefined && { resourceVersion: node.metadata.resourceVersion }),
      ...(before.heldByUs !== marks.held && { annotations }),
    },
    ...(before.outdated !== marks.outdated && { spec: { taints } }),
  };
}
