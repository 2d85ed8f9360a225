import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { isOver } from './departure.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { rehearse, type ScenarioOptions } from './scenario.ts';

/** Workers in service behind both load balancers, whose launch template has a second version. */
export async function rehearseUpdate({
  second,
  ...options
}: ScenarioOptions & {
  /** How nodes of the second image behave. */
  readonly second?: ScenarioOptions['node'];
} = {}): Promise<{ readonly scenario: FaultScenario; readonly first: readonly string[]; readonly version: string }> {
  const { entry, ...more } = options;
  const scenario = await rehearse({
    ready: true,
    schedules: false,
    workers: 3,
    terminateHook: true,
    entry: { ...entry, updates: { bakeMinutes: 5, ...(entry?.updates as object) } },
    ...more,
  });
  const first = scenario.cluster.inService();
  const { version } = await scenario.cluster.publishImage(2, second);
  return { scenario, first, version };
}

/** Starts an update of the workers from the console, and waits for its end. */
export async function update(scenario: FaultScenario, input: object = {}): Promise<void> {
  startUpdate(scenario, input);
  await isOver(scenario, 'os-update', scenario.deployment.executions('os-update').length);
}

/** Starts one and does not wait. */
export function startUpdate(scenario: FaultScenario, input: object = {}): void {
  const { name: cluster, workersGroup: groupName } = scenario.cluster;
  scenario.startByHand('OsUpdateMachine', { cluster, groupName, ...input });
}

/** What of an update is left on the worker group and its nodes: suspended processes, marks, another version than this. */
export function traces({ cloud, cluster }: FaultScenario, version: string): string[] {
  const group = cloud.fleet.groups.all.get(cluster.workersGroup);
  const nodes = cluster.kubernetes.store.list<ClusterNode>('nodes');
  const own = nodes.flatMap(({ metadata, spec }) => [
    ...(spec.taints ?? [])
      .filter(({ key }) => key.startsWith('tender.sh/'))
      .map(({ key }) => `${metadata.name}: ${key}`),
    ...Object.keys(metadata.annotations ?? {}).filter((key) => /scale-down-disabled/.test(key)),
    ...(spec.unschedulable ? [`${metadata.name}: cordoned`] : []),
  ]);
  const launches = group?.settings.LaunchTemplate?.Version;
  return [
    ...[...(group?.suspended.keys() ?? [])].map((process) => `${process} is suspended`),
    ...(launches === version ? [] : [`it launches version ${launches}, not ${version}`]),
    ...own,
  ];
}

/** The versions that members of the worker group were launched from, sorted. */
export function versionsOf({ cloud, cluster }: FaultScenario): string[] {
  const members = [...(cloud.fleet.groups.all.get(cluster.workersGroup)?.members.values() ?? [])];
  return members.map(({ launchTemplate }) => String(launchTemplate?.Version ?? '')).sort();
}

/** Says something else about updates in the registry entry. */
export async function changeUpdates(scenario: FaultScenario, updates: object): Promise<void> {
  const Name = `/tender/clusters/${scenario.cluster.name}`;
  const entry = JSON.parse(scenario.cloud.parameters.valueOf(Name) ?? '{}') as Record<string, unknown>;
  const Value = JSON.stringify({ ...entry, updates: { ...(entry.updates as object), ...updates } });
  await scenario.operate('ssm', 'PutParameter', { Name, Type: 'String', Value, Overwrite: true });
}
