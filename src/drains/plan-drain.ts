import { asManyAsFit, nameOf, roomInResult, sentenceOf } from './blocker.ts';
import { decideTurn } from './decide-turn.ts';
import { drainTimers } from './drain-timers.ts';
import { NodeNotFound, NodeWithoutInstance } from './errors.ts';
import { findNode } from './find-node.ts';
import { observeNode } from './observe-node.ts';
import { dispositionOf } from './pod-disposition.ts';
import type {
  Budgets,
  DrainAndon,
  DrainGroups,
  DrainInstance,
  DrainInstances,
  DrainNode,
  DrainNodes,
  DrainPods,
  DrainPolicy,
  Volumes,
} from './ports.ts';

/** What to drain. One of `instanceId` and `nodeName` is needed, the other is found. */
export interface PlanDrainInput {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly voluntary: boolean;
  /** Whether a person began it: nobody has asked yet whose the instance is, and whether it has a Node. */
  readonly byHand: boolean;
  /** Of what takes the instance away; empty when nothing does. ISO 8601. */
  readonly deadline: string;
  /** Whether it begins by itself, so that nobody has asked for the andon yet. */
  readonly asksAndon: boolean;
  /** Whether to look at every pod and say what would become of it. */
  readonly preview: boolean;
}

/** What a drain goes by. */
export interface DrainPlan {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly groupName: string;
  readonly zone: string;
  /** `gone`: terminated, or forgotten by EC2 while no Node says that it is Ready. */
  readonly instance: 'on' | 'off' | 'gone';
  readonly node: 'there' | 'gone' | 'unknown';
  /** How long the drain may take from its beginning; a node that stays silent takes less. */
  readonly maximumSeconds: number;
  readonly preview: DrainPreview | null;
  /** Why it may not begin; empty: it may. */
  readonly held: string;
}

/** What would become of the pods on the node (S36). */
export interface DrainPreview {
  /** `namespace/name`. */
  readonly leave: readonly string[];
  /** `namespace/name: why`. */
  readonly stay: readonly string[];
  /** What would keep the node from being empty, if nothing changed. */
  readonly blockers: readonly string[];
}

interface PlanPorts {
  readonly instances: DrainInstances;
  readonly groups: DrainGroups;
  readonly nodes: DrainNodes;
  readonly pods: DrainPods;
  readonly budgets: Budgets;
  readonly volumes: Volumes;
  readonly andon: DrainAndon;
}

/** So many pods are told by name in a preview: more would not be read, and an execution's data hold 256 KiB. */
const toldByName = 200;

/**
 * Finds out what is to be drained: instance, Node, and where they are. Reads only, so it can run again. A Node that cannot be seen is `unknown` as long
 * as an instance is named: load balancers are left all the same (S9).
 * @throws NodeNotFound, NodeWithoutInstance, and what the API server fails with when only a Node is named; by hand InstanceNotManaged, and NodeNotFound whatever is named.
 */
export async function planDrain(
  input: PlanDrainInput,
  ports: PlanPorts,
  policy: DrainPolicy,
  { now, isUnreachable }: { now: Date; isUnreachable: (error: unknown) => boolean },
): Promise<DrainPlan> {
  const named = input.instanceId === '' ? undefined : await ports.instances.find(input.instanceId);
  const node = await nodeOf({ ...input, ipAddress: named?.ipAddress ?? '' }, ports.nodes, isUnreachable);
  const instanceId = input.instanceId || instanceIdOf(input, node === 'unknown' ? undefined : node);
  const instance = input.instanceId === '' ? await ports.instances.find(instanceId) : named;
  const known = node === 'unknown' ? undefined : node;
  if (input.byHand) await assertIsOurs({ ...input, instanceId }, { instance, node }, ports.groups);
  const deadline = input.deadline === '' ? undefined : new Date(input.deadline);
  // A node that is silent now may answer a moment later, and has a healthy node's time then.
  const timers = drainTimers(policy, now, undefined, deadline);
  return {
    instanceId,
    nodeName: known?.name ?? input.nodeName,
    // EC2 forgets the address of an instance that is terminated, and the Node still tells it.
    ipAddress: instance?.ipAddress || (known?.internalIp ?? ''),
    groupName: instance?.groupName ?? '',
    zone: instance?.zone ?? '',
    instance: stateOf(instance, known),
    node: node === 'unknown' ? 'unknown' : node ? 'there' : 'gone',
    maximumSeconds: Math.max(0, Math.round((timers.deadline.getTime() - now.getTime()) / 1000)),
    held: input.asksAndon ? await whyHeld(ports.andon) : '',
    preview: input.preview && known ? await preview({ ...input, instanceId }, known, ports, policy, now) : null,
  };
}

/**
 * What is another cluster's, or nobody's node, is taken out of no load balancer because somebody named the wrong cluster. An instance that EC2 does not know is judged by its Node.
 * @throws InstanceNotManaged, NodeNotFound
 */
async function assertIsOurs(
  { cluster, instanceId, nodeName }: PlanDrainInput,
  {
    instance,
    node,
  }: { readonly instance: DrainInstance | undefined; readonly node: DrainNode | 'unknown' | undefined },
  groups: DrainGroups,
): Promise<void> {
  if (instance) await groups.assertOf(cluster, instance);
  if (!node) throw new NodeNotFound(cluster, nodeName, instanceId);
}

/** What could be left is left while the andon is on. */
async function whyHeld(andon: DrainAndon): Promise<string> {
  const cord = await andon.read();
  return cord ? `the andon is on since ${cord.since} (${cord.by}): ${cord.reason}` : '';
}

async function nodeOf(
  { instanceId, nodeName, ipAddress }: PlanDrainInput & { readonly ipAddress: string },
  nodes: DrainNodes,
  isUnreachable: (error: unknown) => boolean,
): Promise<DrainNode | undefined | 'unknown'> {
  try {
    return await (instanceId === '' ? nodes.get(nodeName) : findNode({ instanceId, nodeName, ipAddress }, nodes));
  } catch (error) {
    if (instanceId !== '' && isUnreachable(error)) return 'unknown';
    throw error;
  }
}

function instanceIdOf({ cluster, nodeName }: PlanDrainInput, node: DrainNode | undefined): string {
  if (!node) throw new NodeNotFound(cluster, nodeName);
  const instanceId = /\/(i-[0-9a-f]{8,17})$/.exec(node.providerId)?.[1];
  if (instanceId === undefined) throw new NodeWithoutInstance(cluster, nodeName, node.providerId);
  return instanceId;
}

/** A Node that is Ready runs somewhere, whatever EC2 knows: it may be one of a region that nobody asked. */
function stateOf(instance: DrainInstance | undefined, node: DrainNode | undefined): DrainPlan['instance'] {
  if (!instance) return node?.ready === 'True' ? 'on' : 'gone';
  if (instance.state === 'terminated') return 'gone';
  return instance.state === 'stopped' ? 'off' : 'on';
}

async function preview(
  input: PlanDrainInput,
  node: DrainNode,
  ports: PlanPorts,
  policy: DrainPolicy,
  now: Date,
): Promise<DrainPreview> {
  const disposition = (pod: Parameters<typeof dispositionOf>[0]) => dispositionOf(pod, policy, input.voluntary);
  const target = { instanceId: input.instanceId, nodeName: node.name, startedAt: now.toISOString() };
  const { contents, instance } = await observeNode(target, ports, disposition);
  const timers = drainTimers(policy, now, undefined, undefined);
  const turn = decideTurn(contents, { voluntary: input.voluntary, instance }, policy, timers, now);
  const sorted = contents.pods.map((pod) => ({ pod: nameOf(pod), disposition: disposition(pod) }));
  return {
    leave: sorted
      .flatMap(({ pod, disposition: { kind } }) => (kind === 'evict' || kind === 'leaving' ? [pod] : []))
      .slice(0, toldByName),
    stay: sorted
      .flatMap(({ pod, disposition: one }) => (one.kind === 'skip' ? [`${pod}: ${one.why}`] : []))
      .slice(0, toldByName),
    blockers: 'blockers' in turn ? asManyAsFit(turn.blockers.map(sentenceOf), roomInResult) : [],
  };
}
