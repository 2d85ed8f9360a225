import type { SimulatedMachine } from '../../../simulator/instances/simulated-machine.ts';
import { type Fleet, isOver, rehearseFleet, type Worker } from './departure.ts';
import type { FaultScenario } from './fault-scenario.ts';
import type { ScenarioOptions } from './scenario.ts';

/** Workers in service behind both load balancers, of which the first is going to be sick. */
export async function rehearseSickness(
  options: ScenarioOptions & { readonly replaced?: boolean } = {},
): Promise<Fleet & { readonly sick: Worker; readonly machine: SimulatedMachine }> {
  const fleet = await rehearseFleet(options);
  return { ...fleet, sick: fleet.leaver, machine: machineOf(fleet.scenario, fleet.leaver) };
}

/** The machine of a worker that is there. */
export function machineOf({ cloud }: FaultScenario, { instanceId }: Worker): SimulatedMachine {
  return cloud.fleet.instances.visible(instanceId).machine;
}

/** Lets time pass until the API server says that a node is, or is not, Ready. */
export async function untilReady(
  { world, cluster }: FaultScenario,
  { nodeName }: Worker,
  ready: boolean,
): Promise<void> {
  const isReady = () => cluster.kubernetes.seed.readyNodes().some((name) => name === nodeName);
  await world.until(`${nodeName} is ${ready ? '' : 'not '}Ready`, () => isReady() === ready, 1_800_000);
}

/** Starts a repair as a health pass would, or a person, and waits for its end. */
export async function repair(scenario: FaultScenario, { instanceId }: Worker, input: object = {}): Promise<void> {
  startRepair(scenario, { instanceId }, input);
  await isOver(scenario, 'node-repair', scenario.deployment.executions('node-repair').length);
}

/** Starts a repair and does not wait. */
export function startRepair(scenario: FaultScenario, target: object, input: object = {}): void {
  scenario.startByHand('NodeRepairMachine', { cluster: scenario.cluster.name, ...target, ...input });
}

/** The andon, on. */
export async function pullAndon(scenario: FaultScenario, reason = 'we look at the network'): Promise<void> {
  const Value = JSON.stringify({ reason, since: '2026-03-01T12:00:00Z', by: 'ann' });
  await scenario.operate('ssm', 'PutParameter', { Name: '/tender/andon', Type: 'String', Value });
}

/** How often the instance has booted since it was launched, by its console. */
export function bootsOf(machine: SimulatedMachine): number {
  return machine.consoleText.split('Linux version').length - 1;
}

/** Auto Scaling replaces nobody for a failing status check, as in groups where that is suspended: else it may come first. */
export async function keepUnhealthy(scenario: FaultScenario): Promise<void> {
  const input = { AutoScalingGroupName: scenario.cluster.workersGroup, ScalingProcesses: ['HealthCheck'] };
  await scenario.operate('autoscaling', 'SuspendProcesses', input);
}
