import type { DemoCluster } from '../../rehearsal/demo-cluster.ts';
import type { HistoryEntry } from '../../simulator/world/history.ts';

/** When one instance had come how far; epoch milliseconds of the world, undefined when it has not. */
export interface Milestones {
  readonly instanceId: string;
  readonly launched: number;
  /** Auto Scaling holds it and tells: the first moment at which Tender could know. */
  readonly hookWaits: number | undefined;
  readonly nodeReady: number | undefined;
  /** The last of its targets turned healthy. */
  readonly targetsHealthy: number | undefined;
  /** The hook was answered with CONTINUE. */
  readonly continued: number | undefined;
  readonly inService: number | undefined;
}

/** Reads from the world's log how far each instance of the worker group has come, in the order of launches. */
export function milestonesOf({ deployment, workersGroup }: DemoCluster): Milestones[] {
  const byInstance = new Map<string, HistoryEntry[]>();
  const byNode = new Map<string, string>();
  for (const [id, instance] of deployment.cloud.fleet.instances.all) byNode.set(instance.privateDnsName, id);
  for (const entry of deployment.cloud.world.history.entries) {
    const id = instanceOf(entry, byNode);
    if (id === undefined) continue;
    const entries = byInstance.get(id);
    if (entries) entries.push(entry);
    else byInstance.set(id, [entry]);
  }
  return [...byInstance].flatMap(([instanceId, entries]) => {
    const launched = entries.find(({ event, details }) => is(event, details, 'Pending', workersGroup))?.at;
    return launched === undefined ? [] : [milestones(instanceId, launched, entries, workersGroup)];
  });
}

function milestones(instanceId: string, launched: number, entries: readonly HistoryEntry[], group: string): Milestones {
  const first = (event: string, when: (details: HistoryEntry['details']) => boolean = () => true) =>
    entries.find((entry) => entry.event === event && when(entry.details))?.at;
  const healthy = [
    first('TargetHealthChanged', ({ state }) => state === 'healthy'),
    first('InstanceHealthChanged', ({ state }) => state === 'InService'),
  ];
  return {
    instanceId,
    launched,
    hookWaits: first('LifecycleHookWaiting'),
    nodeReady: first('NodeReady'),
    targetsHealthy: healthy.some((at) => at === undefined) ? undefined : Math.max(...healthy.map((at) => at ?? 0)),
    continued: first('LifecycleActionCompleted', ({ result }) => result === 'CONTINUE'),
    inService: entries.find(({ event, details }) => is(event, details, 'InService', group))?.at,
  };
}

function is(event: string, { state, group }: HistoryEntry['details'], wanted: string, ofGroup: string): boolean {
  return event === 'LifecycleStateChanged' && state === wanted && group === ofGroup;
}

function instanceOf({ details }: HistoryEntry, byNode: ReadonlyMap<string, string>): string | undefined {
  const { instanceId, target, node } = details;
  if (typeof instanceId === 'string') return instanceId;
  if (typeof target === 'string' && target.startsWith('i-')) return target;
  return typeof node === 'string' ? byNode.get(node) : undefined;
}
