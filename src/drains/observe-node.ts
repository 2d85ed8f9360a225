import type { DrainSituation, NodeContents } from './decide-turn.ts';
import { findNode, isOfInstance } from './find-node.ts';
import type { Disposition } from './pod-disposition.ts';
import type { Budgets, DrainInstances, DrainNode, DrainNodes, DrainPod, DrainPods, Volumes } from './ports.ts';

/** A node as a drain sees it. */
export interface SeenNode {
  /** undefined: deleted, or its name is another instance's by now. */
  readonly node: DrainNode | undefined;
  readonly contents: NodeContents;
  /** Pods that have to leave and have not. */
  readonly podsLeft: number;
  /** Since when it does not say that it is Ready; a Node that is gone says nothing. */
  readonly notReadySince: Date | undefined;
  readonly instance: DrainSituation['instance'];
}

/**
 * Sees what is on a node, with as few requests as the moment needs: budgets while pods are to be asked, volumes once pods are gone or their instance is,
 * and EC2 when the node does not say that it is Ready.
 */
export async function observeNode(
  { instanceId, nodeName, startedAt }: { instanceId: string; nodeName: string; startedAt: string },
  ports: {
    readonly instances: DrainInstances;
    readonly nodes: DrainNodes;
    readonly pods: DrainPods;
    readonly budgets: Budgets;
    readonly volumes: Volumes;
  },
  disposition: (pod: DrainPod) => Disposition,
): Promise<SeenNode> {
  const { node, name, pods } = await whatIsOn({ instanceId, nodeName }, ports);
  const notReadySince = node?.ready === 'True' ? undefined : new Date(node?.readySince ?? startedAt);
  const instance = notReadySince === undefined ? 'on' : await whatEc2Says(instanceId, ports.instances);
  const off = instance === 'off' || instance === 'gone';
  const kinds = pods.map((pod) => ({ pod, kind: disposition(pod).kind }));
  const evictable = kinds.flatMap(({ pod, kind }) => (kind === 'evict' ? [pod] : []));
  const moving = kinds.filter(({ kind }) => kind === 'evict' || kind === 'held' || (kind === 'leaving' && !off));
  const namespaces = [...new Set(evictable.map(({ namespace }) => namespace))];
  const staying = kinds.flatMap(({ pod, kind }) => (kind === 'skip' ? [pod] : []));
  return {
    node,
    contents: {
      pods,
      budgets: namespaces.length > 0 ? await ports.budgets.inNamespaces(namespaces) : [],
      // What a budget keeps on an instance that is off runs no more: its volumes have to move all the same.
      volumes: name !== '' && (moving.length === 0 || off) ? await volumesToMove(name, staying, ports.volumes) : [],
    },
    podsLeft: moving.length,
    notReadySince,
    instance,
  };
}

/** `name` is empty when there is nothing to look at: the node's name is another instance's by now, or nobody knows it. */
async function whatIsOn(
  target: { readonly instanceId: string; readonly nodeName: string },
  { nodes, pods }: { readonly nodes: DrainNodes; readonly pods: DrainPods },
): Promise<{ readonly node: DrainNode | undefined; readonly name: string; readonly pods: readonly DrainPod[] }> {
  if (target.nodeName === '') {
    const node = await findNode(target, nodes);
    // Pods of no node are those that wait for one: never ours to evict.
    return { node, name: node?.name ?? '', pods: node ? await pods.onNode(node.name) : [] };
  }
  const [named, listed] = await Promise.all([nodes.get(target.nodeName), pods.onNode(target.nodeName)]);
  const reused = named !== undefined && !isOfInstance(named, target.instanceId);
  return reused ? { node: undefined, name: '', pods: [] } : { node: named, name: target.nodeName, pods: listed };
}

/** EC2's word, not the node's silence (S10). An instance that EC2 does not know may be one of a region that nobody asked: that is silence. */
async function whatEc2Says(instanceId: string, instances: DrainInstances): Promise<DrainSituation['instance']> {
  const state = (await instances.find(instanceId))?.state;
  if (state === 'terminated') return 'gone';
  return state === 'stopped' ? 'off' : 'silent';
}

/** Attachments, but those of pods that stay on the node (S9). */
async function volumesToMove(nodeName: string, staying: readonly DrainPod[], volumes: Volumes) {
  const kept = new Set(staying.flatMap(({ namespace, claims }) => claims.map((claim) => `${namespace}/${claim}`)));
  const attached = await volumes.attachedTo(nodeName);
  return attached.filter(({ claim }) => claim === undefined || !kept.has(claim));
}
