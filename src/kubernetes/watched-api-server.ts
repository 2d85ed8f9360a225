import { marksOf } from '../drains/names.ts';
import { pausedAnnotation } from '../health/names.ts';
import type {
  ObservedApiServer,
  ObservedCondition,
  ObservedNode,
  ObservedNodeEvent,
  WatchedApiServer,
} from '../health/ports.ts';
import { ownerAnnotation, startupTaint } from '../nodes/names.ts';
import { kubernetesCall } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';
import { plainList } from './plain-lists.ts';

interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string }[];
  };
  readonly status?: {
    readonly nodeInfo?: { readonly bootID?: string };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastTransitionTime?: string;
      readonly lastHeartbeatTime?: string;
    }[];
  };
}

interface LeaseObject {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly renewTime?: string };
}

interface DaemonSetObject {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly status?: { readonly desiredNumberScheduled?: number; readonly numberReady?: number };
}

interface PodObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface EventObject {
  readonly metadata: { readonly creationTimestamp?: string };
  readonly involvedObject: { readonly name?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
}

/** Where client-go writes Events of objects without a namespace. */
const EVENTS_OF_NODES = '/api/v1/namespaces/default/events';
const ZONE_LABEL = 'topology.kubernetes.io/zone';
/** As kubeadm, kOps and EKS label it. */
const DNS_LABEL = 'k8s-app=kube-dns';
/** A line of `/readyz?verbose`: `[-]etcd failed: reason withheld`. */
const FAILED_CHECK = /^\[-\](\S+)/gm;

/**
 * An API server as health passes ask it. Nodes are read as etcd has them, a page at a time; what only has to be roughly right comes from the API server's
 * memory.
 */
export function watchedApiServer(connection: KubernetesConnection, now: () => Date): WatchedApiServer {
  return {
    readiness: () => readiness(connection, now),
    async nodes() {
      const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
      const renewals = plainList<LeaseObject, readonly [string, string | null]>(
        connection,
        leases,
        { mayBeStale: true },
        ({ metadata, spec }) => [metadata.name, timeOf(spec?.renewTime) || null],
      );
      const nodes = plainList<NodeObject, Omit<ObservedNode, 'leaseRenewedAt'>>(
        connection,
        '/api/v1/nodes',
        {},
        nodeOf,
      );
      const renewedAt = new Map(await renewals);
      return (await nodes).map((node) => ({ ...node, leaseRenewedAt: renewedAt.get(node.name) ?? null }));
    },
    async nodeEvents(reasons) {
      const found = await Promise.all(
        reasons.map((reason) => {
          const fieldSelector = `involvedObject.kind=Node,type=Warning,reason=${reason}`;
          return plainList<EventObject, ObservedNodeEvent>(connection, EVENTS_OF_NODES, { fieldSelector }, eventOf);
        }),
      );
      return found.flat();
    },
    async daemonSets(names) {
      const all = await plainList<DaemonSetObject, readonly [string, DaemonSetObject['status']]>(
        connection,
        '/apis/apps/v1/daemonsets',
        { mayBeStale: true },
        ({ metadata, status }) => [`${metadata.namespace}/${metadata.name}`, status],
      );
      const found = new Map(all);
      return names.map((name) => {
        const status = found.get(name);
        return { name, desired: status?.desiredNumberScheduled ?? 0, ready: status?.numberReady ?? 0 };
      });
    },
    async coreDns() {
      const query = { mayBeStale: true, labelSelector: DNS_LABEL };
      const path = '/api/v1/namespaces/kube-system/pods';
      const pods = await plainList<PodObject, PodObject['status']>(connection, path, query, ({ status }) => status);
      const wanted = pods.filter((status) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
      const ready = wanted.filter((status) =>
        status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
      );
      return pods.length === 0 ? null : { desired: wanted.length, ready: ready.length };
    },
  };
}

async function readiness(connection: KubernetesConnection, now: () => Date): Promise<ObservedApiServer> {
  const from = now().getTime();
  try {
    const { status, text } = await kubernetesCall(connection.get('/readyz?verbose'));
    const failingChecks = [...text.matchAll(FAILED_CHECK)].map(([, check = '']) => check);
    const latencyMs = now().getTime() - from;
    // A proxy in front of it answers 502 to 504 for one that is away.
    if (status >= 502 && status <= 504 && failingChecks.length === 0)
      return { ...AWAY, problem: `something in front of it answered ${status}` };
    const ready = status === 200;
    return { reachable: true, ready, failingChecks, latencyMs, problem: '' };
  } catch (error) {
    return { ...AWAY, problem: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

const AWAY = { reachable: false, ready: false, failingChecks: [], latencyMs: null } as const;

function nodeOf({ metadata, spec, status }: NodeObject): Omit<ObservedNode, 'leaseRenewedAt'> {
  return {
    name: metadata.name,
    uid: metadata.uid,
    instanceId: instanceIdOf(spec?.providerID),
    ...(spec?.providerID && instanceIdOf(spec.providerID) === '' && { foreign: true }),
    createdAt: timeOf(metadata.creationTimestamp),
    zone: metadata.labels?.[ZONE_LABEL] ?? '',
    unschedulable: spec?.unschedulable ?? false,
    joining: spec?.taints?.some(({ key }) => key === startupTaint) ?? false,
    paused: metadata.annotations?.[pausedAnnotation] ?? null,
    owner: metadata.annotations?.[ownerAnnotation] ?? null,
    ...(marksOf(metadata.annotations ?? {}).has('warm-pool') && { pooled: true }),
    bootId: status?.nodeInfo?.bootID ?? '',
    conditions: (status?.conditions ?? []).map(
      (one): ObservedCondition => ({
        type: one.type,
        status: one.status === 'True' || one.status === 'False' ? one.status : 'Unknown',
        reason: one.reason ?? '',
        message: one.message ?? '',
        since: timeOf(one.lastTransitionTime),
        heardAt: timeOf(one.lastHeartbeatTime),
      }),
    ),
  };
}

function eventOf(event: EventObject): ObservedNodeEvent {
  const { metadata, involvedObject, reason = '', message = '', lastTimestamp, eventTime, series } = event;
  const told = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
  return { nodeName: involvedObject.name ?? '', reason, message, heardAt: timeOf(told) };
}

// aws:///us-east-1a/i-0123456789abcdef0; other clouds' and virtual kubelets' name no instance.
function instanceIdOf(providerId = ''): string {
  const last = providerId.split('/').at(-1) ?? '';
  return /^i-[0-9a-f]{8,17}$/.test(last) ? last : '';
}

/** In one form: leases have microseconds. Empty when there is none. */
function timeOf(text = ''): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}
