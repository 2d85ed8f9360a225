import type { KubeObject } from '../../../simulator/kubernetes/api/objects.ts';
import type { FaultScenario } from './fault-scenario.ts';

/** A moment of a join: what happened, in one or two words, and when (epoch milliseconds of the world). */
export interface Moment {
  readonly what: string;
  readonly at: number;
}

const startupTaint = 'tender.sh/joining';

/**
 * Writes down the moments of joins from now on, in the order in which they come: of the world's log, and of what only the cluster's store tells
 * (tokens, taints, labels). Meant for one instance.
 */
export function recordJoin({ world, cluster }: FaultScenario): readonly Moment[] {
  const moments: Moment[] = [];
  const tell = (what: string) => moments.push({ what, at: world.now() });
  world.history.listen(({ event, details }) => {
    const what = momentOf(event, details);
    if (what !== undefined) tell(what);
  });
  const { store } = cluster.kubernetes;
  store.listen('secrets', ({ type, object }) => {
    if (!object.metadata.name.startsWith('bootstrap-token-')) return;
    if (type === 'ADDED') tell('token minted');
    if (type === 'DELETED') tell('token deleted');
  });
  store.listen('nodes', ({ object, previous }) => {
    if (isTainted(previous) && !isTainted(object)) tell('startup taint removed');
    if (previous && !hasRole(previous) && hasRole(object)) tell('role label set');
  });
  return moments;
}

/** The words of the world's log for it; undefined for what is no moment of a join. */
function momentOf(event: string, details: Readonly<Record<string, unknown>>): string | undefined {
  const client = String(details.signerName).endsWith('-client-kubelet');
  switch (event) {
    case 'ParameterPut':
      return String(details.name).startsWith('/tender/join/') ? 'parameter written' : undefined;
    case 'ParameterDeleted':
      return 'parameter deleted';
    case 'CsrApproved':
      return client ? 'client certificate approved' : 'serving certificate approved';
    case 'LifecycleActionCompleted':
      return `hook answered ${String(details.result)}`;
    case 'TargetHealthChanged':
    case 'InstanceHealthChanged':
      return `${event === 'TargetHealthChanged' ? 'target' : 'classic'} ${String(details.state)}`;
    case 'LifecycleHookWaiting':
    case 'LifecycleActionHeartbeat':
    case 'NodeRegistered':
    case 'NodeReady':
    case 'NodeInitialized':
      return event;
    case 'LifecycleStateChanged':
      return String(details.state);
    default:
      return undefined;
  }
}

type Tainted = KubeObject & { readonly spec?: { readonly taints?: readonly { readonly key: string }[] } };

function isTainted(node: KubeObject | undefined): boolean {
  return (node as Tainted | undefined)?.spec?.taints?.some(({ key }) => key === startupTaint) === true;
}

function hasRole(node: KubeObject): boolean {
  return Object.keys(node.metadata.labels ?? {}).some((key) => key.startsWith('node-role.kubernetes.io/'));
}
