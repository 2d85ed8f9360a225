import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ClusterNode, KubeObject, Pod } from '../../../simulator/kubernetes/api/objects.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { rehearse, type ScenarioOptions } from './scenario.ts';

/** A worker that is to leave, by its instance and by the name of its Node, which EC2 forgets once it terminates. */
export interface Worker {
  readonly instanceId: string;
  readonly nodeName: string;
}

/** Workers in service, a terminate hook on their group, and nobody launched in the place of those that leave. */
export interface Fleet {
  readonly scenario: FaultScenario;
  /** In the order of their launch. */
  readonly workers: readonly Worker[];
  /** The first worker: the one that leaves in most stories. */
  readonly leaver: Worker;
}

/** Owner and marks of Tender on a Node. */
const ownerAnnotation = 'tender.sh/owner';
const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';
const outOfService = 'node.kubernetes.io/out-of-service';

/** Two workers unless told otherwise, healthy behind both load balancers. Fails the test at its end if IAM refused anything unexpected. */
export async function rehearseFleet({
  replaced = false,
  ...options
}: ScenarioOptions & { readonly replaced?: boolean } = {}): Promise<Fleet> {
  const scenario = await rehearse({ ready: true, schedules: false, workers: 2, terminateHook: true, ...options });
  if (!replaced) {
    const input = { AutoScalingGroupName: scenario.cluster.workersGroup, ScalingProcesses: ['Launch'] };
    await scenario.operate('autoscaling', 'SuspendProcesses', input);
  }
  const workers = workersOf(scenario);
  const [leaver = { instanceId: '', nodeName: '' }] = workers;
  return { scenario, workers, leaver };
}

/** Workers in service, in the order of their launch. */
export function workersOf({ cloud, cluster }: FaultScenario): readonly Worker[] {
  const { all } = cloud.fleet.instances;
  return cluster.inService().map((instanceId) => ({
    instanceId,
    nodeName: all.get(instanceId)?.privateDnsName ?? '',
  }));
}

/** Scales the group in by this instance. */
export async function scaleIn(scenario: FaultScenario, { instanceId }: Worker): Promise<void> {
  const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
  await scenario.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', input);
}

/** Retires a node from the console, and waits for the end. */
export async function retireByHand(scenario: FaultScenario, input: object): Promise<void> {
  const before = scenario.deployment.executions('node-retire').length;
  scenario.startByHand('NodeRetireMachine', { cluster: scenario.cluster.name, ...input });
  await isOver(scenario, 'node-retire', before + 1);
}

/** Lets time pass until so many executions of the workflow have come, and none of it runs. */
export async function isOver({ world, deployment }: FaultScenario, workflow: string, atLeast = 1): Promise<void> {
  const runs = () => deployment.executions(workflow);
  const over = () => runs().length >= atLeast && runs().every(({ run }) => run.outcome !== undefined);
  await world.until(`${workflow} is over`, over, 50 * 3_600_000);
}

/** What people see of a node, in a few words: `Ready`, `NotReady, cordoned, excluded, owned`, `gone`. */
export function conditionOfNode({ cluster }: FaultScenario, { nodeName }: Worker): string {
  const node = cluster.kubernetes.store.find<ClusterNode>('nodes', nodeName);
  if (!node) return 'gone';
  const { annotations = {}, labels = {} } = node.metadata;
  const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return [
    ready ? 'Ready' : 'NotReady',
    ...(node.spec.unschedulable ? ['cordoned'] : []),
    ...(labels[excludeLabel] === undefined ? [] : ['excluded']),
    ...(node.spec.taints?.some(({ key }) => key === outOfService) ? ['out of service'] : []),
    ...(annotations[ownerAnnotation] === undefined ? [] : ['owned']),
  ].join(', ');
}

/** Names of the pods in `default` on a node. */
export function podsOn({ cluster }: FaultScenario, { nodeName }: Worker): string[] {
  const pods = cluster.kubernetes.store.list<Pod>('pods', 'default');
  return pods.filter(({ spec }) => spec.nodeName === nodeName).map(({ metadata }) => metadata.name);
}

/** A pod on this node that its budget never lets go, `default/guarded`, and how to loosen the budget. */
export function guard(
  { cluster }: FaultScenario,
  { nodeName }: Worker,
  pod: { graceSeconds?: number; annotations?: Record<string, string> } = {},
): () => void {
  const { seed, store } = cluster.kubernetes;
  const labels = { app: 'guarded' };
  seed.budget('guard', { selector: { matchLabels: labels }, minAvailable: 1 });
  seed.pod({
    name: 'guarded',
    labels,
    ...(pod.annotations && { annotations: pod.annotations }),
    spec: { nodeName, terminationGracePeriodSeconds: pod.graceSeconds ?? 30 },
  });
  return () => {
    store.remove('poddisruptionbudgets.policy', 'guard', 'default');
  };
}

/** Gives Tender the right to delete pods past their budgets, as somebody does who wants `capped-grace` or `force-delete`. */
export function allowPodDeletion({ cluster }: FaultScenario): void {
  const file = resolve(import.meta.dirname, '../../../deploy/kubernetes/rbac-pod-deletion.yaml');
  cluster.kubernetes.seed.manifest(readFileSync(file, 'utf8'));
}

/** Events about a node, in no order: `DrainBlocked: …`. */
export function eventsOf({ cluster }: FaultScenario, { nodeName }: Worker): string[] {
  const events = cluster.kubernetes.store
    .list<NodeEvent>('events')
    .filter(({ involvedObject }) => involvedObject?.name === nodeName);
  return events.map(({ reason, message }) => `${reason}: ${message}`);
}

interface NodeEvent extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly name?: string };
}
