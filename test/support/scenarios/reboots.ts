import type { Release } from '../../../simulator/instances/operating-system.ts';
import type { SimulatedMachine } from '../../../simulator/instances/simulated-machine.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { FluoAgent, type FluoAgentOptions } from '../../../simulator/kubernetes/node/fluo-agent.ts';
import { type Fleet, isOver, rehearseFleet, type Worker } from './departure.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { machineOf } from './repair.ts';
import type { ScenarioOptions } from './scenario.ts';

/** What is newer than what simulated nodes bring. */
export const NEWER: Release = {
  version: '4459.2.1',
  osImage: 'Flatcar Container Linux by Kinvolk 4459.2.1 (Oklo)',
  kernelVersion: '6.12.61-flatcar',
};

const PREFIX = 'flatcar-linux-update.v1.flatcar-linux.net/';

/** Workers in service behind both load balancers, of which the first is to be updated. */
export async function rehearseUpdate(
  options: ScenarioOptions = {},
): Promise<Fleet & { readonly old: Worker; readonly machine: SimulatedMachine }> {
  const fleet = await rehearseFleet({ application: { pods: 4, minAvailable: 2 }, ...options });
  return { ...fleet, old: fleet.leaver, machine: machineOf(fleet.scenario, fleet.leaver) };
}

/** FLUO's agent on a worker, with an update that is installed and waits for a boot. */
export async function withAgent(
  scenario: FaultScenario,
  { nodeName, instanceId }: Worker,
  options: FluoAgentOptions & { readonly boots?: boolean } = {},
): Promise<FluoAgent> {
  const machine = machineOf(scenario, { nodeName, instanceId });
  const agent = new FluoAgent({ cluster: scenario.cluster.kubernetes, machine, nodeName }, options);
  machine.system.install(NEWER, options);
  const wants = () => annotationOf(scenario, nodeName, 'reboot-needed') === 'true';
  await scenario.world.until('the agent wants a reboot', wants, 600_000);
  return agent;
}

/** An annotation of FLUO on a node. */
export function annotationOf({ cluster }: FaultScenario, nodeName: string, key: string): string | undefined {
  return nodeIn(cluster, nodeName)?.metadata.annotations?.[PREFIX + key];
}

/** Writes annotations of FLUO on a node, as an administrator or a check does. */
export function annotate({ cluster }: FaultScenario, nodeName: string, values: Record<string, string>): void {
  const keys = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key.includes('/') ? key : PREFIX + key, value]),
  );
  cluster.kubernetes.store.change<ClusterNode>('nodes', nodeName, undefined, (node) => {
    node.metadata.annotations = { ...node.metadata.annotations, ...keys };
  });
}

/** What a kubelet tells of its machine. */
export function runsOn({ cluster }: FaultScenario, { nodeName }: Worker): string {
  const info = nodeIn(cluster, nodeName)?.status?.nodeInfo;
  return `${info?.osImage}, ${info?.kernelVersion}`;
}

/** What is left on a node of reboots: our mark, and what a coordinator of FLUO writes. */
export function rebootMarks({ cluster }: FaultScenario, { nodeName }: Worker): string[] {
  const { annotations = {}, labels = {} } = nodeIn(cluster, nodeName)?.metadata ?? {};
  return [
    ...(annotations['tender.sh/reboot'] === undefined ? [] : ['tender.sh/reboot']),
    ...(annotations[`${PREFIX}reboot-ok`] === 'true' ? ['reboot-ok'] : []),
    ...['before-reboot', 'after-reboot'].filter((name) => labels[PREFIX + name] !== undefined),
  ];
}

/** Updates a node from the console, and waits for the end. */
export async function update(scenario: FaultScenario, { instanceId }: Worker, input: object = {}): Promise<void> {
  startUpdate(scenario, { instanceId }, input);
  await isOver(scenario, 'node-update', scenario.deployment.executions('node-update').length);
}

/** Starts the update of a node, and does not wait. */
export function startUpdate(scenario: FaultScenario, target: object, input: object = {}): void {
  scenario.startByHand('NodeUpdateMachine', { cluster: scenario.cluster.name, ...target, ...input });
}

function nodeIn({ kubernetes }: FaultScenario['cluster'], nodeName: string): ClusterNode | undefined {
  return kubernetes.store.find<ClusterNode>('nodes', nodeName);
}
