import { CoreV1Api, type V1Pod, type V1Volume } from '@kubernetes/client-node';
import type { DrainPod, DrainPods } from '../drains/ports.ts';
import { kubernetesCall, refusalOf } from './errors.ts';
import { isOtherUid, refusedEviction } from './eviction-answers.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** A static pod's mirror carries this annotation (kubernetes.io/docs/reference/labels-annotations-taints). */
const MIRROR = 'kubernetes.io/config.mirror';
/** What Kubernetes gives a pod that says nothing. */
const DEFAULT_GRACE_SECONDS = 30;

/** The pods of a cluster, as drains see, evict and delete them. */
export function kubernetesDrainPods(connection: KubernetesConnection): DrainPods {
  const core = connection.api(CoreV1Api);
  return {
    async onNode(nodeName) {
      const fieldSelector = `spec.nodeName=${nodeName}`;
      return (await listAll((page) => core.listPodForAllNamespaces({ fieldSelector, ...page }))).map(podOf);
    },
    async evict({ namespace, name, uid }) {
      const options = { deleteOptions: { preconditions: { uid } } };
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name }, ...options };
      try {
        await core.createNamespacedPodEviction({ namespace, name, body });
        return { kind: 'evicted' };
      } catch (error) {
        return refusedEviction(error) ?? kubernetesCall(Promise.reject(error));
      }
    },
    async delete({ namespace, name, uid }, gracePeriodSeconds) {
      const body = { gracePeriodSeconds, preconditions: { uid } };
      try {
        await core.deleteNamespacedPod({ namespace, name, body });
        return 'deleted';
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal?.status === 404 || (refusal && isOtherUid(refusal))) return 'gone';
        return kubernetesCall(Promise.reject(error));
      }
    },
  };
}

function podOf({ metadata, spec, status }: V1Pod): DrainPod {
  const owner = metadata?.ownerReferences?.find((reference) => reference.controller);
  const grace = metadata?.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds;
  const name = metadata?.name ?? '';
  const volumes = spec?.volumes ?? [];
  return {
    namespace: metadata?.namespace ?? '',
    name,
    uid: metadata?.uid ?? '',
    phase: status?.phase ?? 'Unknown',
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    ownerKind: owner?.kind ?? '',
    ownerName: owner?.name ?? '',
    mirror: metadata?.annotations?.[MIRROR] !== undefined,
    ...(metadata?.deletionTimestamp && { deletionTimestamp: metadata.deletionTimestamp.toISOString() }),
    gracePeriodSeconds: grace ?? DEFAULT_GRACE_SECONDS,
    usesEmptyDir: volumes.some(({ emptyDir }) => emptyDir !== undefined),
    claims: volumes.flatMap((volume) => claimOf(name, volume)),
    finalizers: metadata?.finalizers ?? [],
    hostNetwork: spec?.hostNetwork ?? false,
    createdAt: metadata?.creationTimestamp?.toISOString() ?? '',
  };
}

/** A generic ephemeral volume gets a claim named after pod and volume (kubernetes.io/docs/concepts/storage/ephemeral-volumes). */
function claimOf(podName: string, { name, persistentVolumeClaim, ephemeral }: V1Volume): readonly string[] {
  if (persistentVolumeClaim) return [persistentVolumeClaim.claimName];
  return ephemeral ? [`${podName}-${name}`] : [];
}
