import type { PodRestart, SeenPod } from '../updates/ports.ts';

/** A pod, as far as its place and its restarts go. */
export interface PlainPod {
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly containerStatuses?: readonly RestartedContainer[];
    /** Sidecars are among them. */
    readonly initContainerStatuses?: readonly RestartedContainer[];
  };
}

interface RestartedContainer {
  readonly restartCount?: number;
  readonly lastState?: { readonly terminated?: { readonly finishedAt?: string } };
}

/** When a container of the pod last died and was started anew, if that was lately. @param since ISO 8601 */
export function restartOf(pod: PlainPod, since: string): PodRestart | undefined {
  const { status } = pod;
  const died = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
    .filter(({ restartCount = 0 }) => restartCount > 0)
    .flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? [])
    .toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const at = died.at(-1);
  if (at === undefined || Date.parse(at) < Date.parse(since)) return undefined;
  return { ...placeOf(pod), at };
}

/** Where a pod is, and what it is one of. */
export function placeOf({ metadata, spec }: PlainPod): SeenPod {
  const { namespace = '', name } = metadata;
  const pod = `${namespace}/${name}`;
  return { pod, nodeName: spec?.nodeName ?? '', workload: workloadOf(metadata), revision: templateOf(metadata) };
}

function workloadOf({ namespace = '', name, labels = {}, ownerReferences = [] }: PlainPod['metadata']): string {
  const owner = ownerReferences.find(({ controller }) => controller) ?? { kind: 'Pod', name };
  return `${namespace}/${owner.kind}/${lastingName(owner, labels)}`;
}

/** What it is one of and was made from: pods of one revision of a Deployment, a DaemonSet or a StatefulSet share it. */
export function revisionOf({ metadata }: PlainPod): string {
  return `${workloadOf(metadata)} ${templateOf(metadata)}`;
}

/** The hash of the template that a pod was made from, as the controllers of Deployments, DaemonSets and StatefulSets label it; empty for others. */
export function templateOf({ labels = {} }: PlainPod['metadata']): string {
  return labels['pod-template-hash'] ?? labels['controller-revision-hash'] ?? '';
}

/**
 * A new revision of a Deployment, and the next run of a CronJob, are the same workload: what their controllers append to a name is left out. That is the hash of the template
 * (kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label) and the scheduled time in minutes (getJobName in kubernetes/pkg/controller/cronjob/utils.go).
 */
function lastingName(
  { kind, name }: { readonly kind: string; readonly name: string },
  { 'pod-template-hash': hash = '' }: Readonly<Record<string, string>>,
): string {
  if (kind === 'ReplicaSet' && hash !== '' && name.endsWith(`-${hash}`)) return name.slice(0, -hash.length - 1);
  return kind === 'Job' ? name.replace(/-\d{8,}$/, '') : name;
}
