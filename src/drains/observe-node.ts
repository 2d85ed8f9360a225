import type { DrainSituation, NodeContents } from './decide-turn.ts';
import { isOfInstance } from './find-node.ts';
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
  let asked: ReturnType<DrainInstances['find']> | undefined;
  const ec2 = () => {
    asked ??= ports.instances.find(instanceId);
    return asked;
  };
  const { node, name, pods } = await whatIsOn({ instanceId, nodeName }, ports, ec2);
  const notReadySince = node?.ready === 'True' ? undefined : new Date(node?.readySince ?? startedAt);
  const instance = notReadySince === undefined ? 'on' : whatEc2Says(await ec2());
  const off = instance === 'off' || instance === 'gone';
  const kinds = pods.map((pod) => ({ pod, kind: disposition(pod).kind }));
  const evictable = kinds.flatMap(({ pod, kind }) => (kind === 'evict' ? [pod] : []));
  const moving = kinds.filter(({ kind }) => kind === 'evict' || kind === 'held' || (kind === 'leaving' && !off));
  const namespaces = [...new Set(evictable.map(({ namespace }) => namespace))];
  const staying = kinds.flatMap(({ pod, kind }) => (kind === 'skip' && !letsGoOfVolumes(pod, node) ? [pod] : []));
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

/** Set by a kubelet that is told to leave the volumes of finished pods mounted (`--keep-terminated-pod-volumes`). */
const keepsVolumes = 'volumes.kubernetes.io/keep-terminated-pod-volumes';

/**
 * Whether its containers have ended, so that its volumes are let go, or will be in a moment: a kubelet says Succeeded or Failed before it unmounts them
 * (SyncTerminatingPod, SyncTerminatedPod in kubernetes/pkg/kubelet/kubelet.go), whether somebody has deleted the pod or it has done its work.
 */
function letsGoOfVolumes({ phase }: DrainPod, node: DrainNode | undefined): boolean {
  return (phase === 'Succeeded' || phase === 'Failed') && node?.annotations[keepsVolumes] !== 'true';
}

/**
 * `name` is empty when there is nothing to look at: the node's name is another instance's by now, or nobody knows it. Where no Node has the name it may have
 * been a guess, made while the API server was away: what is on the instance's own Node is on the node.
 */
async function whatIsOn(
  { instanceId, nodeName }: { readonly instanceId: string; readonly nodeName: string },
  { nodes, pods }: { readonly nodes: DrainNodes; readonly pods: DrainPods },
  ec2: () => ReturnType<DrainInstances['find']>,
): Promise<{ readonly node: DrainNode | undefined; readonly name: string; readonly pods: readonly DrainPod[] }> {
  // Pods of no node are those that wait for one: never ours to evict.
  const [named, listed] =
    nodeName === '' ? [undefined, []] : await Promise.all([nodes.get(nodeName), pods.onNode(nodeName)]);
  if (named && isOfInstance(named, instanceId)) return { node: named, name: nodeName, pods: listed };
  const own = await nodes.ofInstance(instanceId, (await ec2())?.ipAddress ?? '');
  const left = named ? [] : listed;
  if (!own) return { node: undefined, name: named ? '' : nodeName, pods: left };
  return { node: own, name: own.name, pods: [...left, ...(await pods.onNode(own.name))] };
}

/** EC2's word, not the node's silence (S10). An instance that EC2 does not know may be one of a region that nobody asked: that is silence. */
function whatEc2Says(instance: Awaited<ReturnType<DrainInstances['find']>>): DrainSituation['instance'] {
  const state = instance?.state;
  if (state === 'terminated') return 'gone';
  return state === 'stopped' ? 'off' : 'silent';
}

/** Attachments, but those of pods that stay on the node (S9). */
async function volumesToMove(nodeName: string, staying: readonly DrainPod[], volumes: Volumes) {
  const kept = new Set(staying.flatMap(({ namespace, claims }) => claims.map((claim) => `${namespace}/${claim}`)));
  const attached = await volumes.attachedTo(nodeName);
  return attached.filter(({ claim }) => claim === undefined || !kept.has(claim));
}
