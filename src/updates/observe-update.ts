import { countsPods } from './counted-pods.ts';
import { openMoves } from './moves.ts';
import { pausedTag } from './names.ts';
import type {
  DescribedGroup,
  ManagedNodeGroups,
  NodeWorkflows,
  UpdateSurroundings,
  UpdatingGroups,
  UpdatingNodes,
} from './ports.ts';
import type { Fate, ManagedSight, UpdateSight } from './sight.ts';
import type { UpdateRecord } from './update-record.ts';

/** What is looked at. */
export interface UpdateSources {
  readonly groups: Pick<UpdatingGroups, 'describe'>;
  readonly nodes: Pick<UpdatingNodes, 'list' | 'pods' | 'hasAutoscaler'>;
  readonly workflows: Pick<NodeWorkflows, 'fate'>;
  readonly surroundings: UpdateSurroundings;
  readonly managed: Pick<ManagedNodeGroups, 'describe' | 'update'>;
}

/**
 * Looks at everything that an update goes by. What it depends on and cannot be read fails the look: a turn later it is tried again.
 */
export async function observeUpdate(record: UpdateRecord, sources: UpdateSources, now: Date): Promise<UpdateSight> {
  const { groups, nodes } = sources;
  // Executions first: what they have changed is seen then in what is read after them.
  const fates = await fatesOf(record, sources.workflows);
  const group = await groups.describe(record.groupName, record.launchedBefore !== '' || record.way === 'managed');
  const [listed, pods, autoscaler, around, managed] = await Promise.all([
    nodes.list(),
    countsPods(record, now) ? nodes.pods(new Date(now.getTime() - RESTARTS_MS).toISOString()) : null,
    nodes.hasAutoscaler(),
    lookAround(record, group, sources.surroundings, now),
    managedSight(record, sources.managed),
  ]);
  return { group, nodes: listed, fates, pods, autoscaler, managed, ...around };
}

type Around = Pick<
  UpdateSight,
  'health' | 'failedJoins' | 'andon' | 'paused' | 'window' | 'gates' | 'etcdLeader' | 'wanting'
>;

async function lookAround(
  record: UpdateRecord,
  group: DescribedGroup | undefined,
  surroundings: UpdateSurroundings,
  now: Date,
): Promise<Around> {
  const [health, failedJoins, andon, pausedUntil, window, gates, etcdLeader, wanting] = await Promise.all([
    surroundings.health(),
    surroundings.failedJoins(record.target),
    surroundings.andon(),
    surroundings.pausedUntil(),
    surroundings.window(now),
    record.phase === 'roll-back' ? { closed: [], unknown: [] } : surroundings.gates(),
    group?.role === 'control-plane' ? surroundings.etcdLeader() : '',
    record.way === 'in-place' && group ? surroundings.wanting() : [],
  ]);
  const paused = pauseOf(group, pausedUntil, now);
  return { health, failedJoins, andon, paused, window, gates, etcdLeader, wanting };
}

/**
 * What restarts again and again does so every five minutes at least (kubelet's longest back-off:
 * kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
 */
const RESTARTS_MS = 600_000;

async function managedSight(
  { managed }: UpdateRecord,
  eks: UpdateSources['managed'],
): Promise<ManagedSight | undefined> {
  if (!managed) return undefined;
  const [group, update] = await Promise.all([
    eks.describe(managed),
    managed.updateId === '' ? undefined : eks.update(managed, managed.updateId),
  ]);
  return group && { group, update };
}

async function fatesOf(
  record: UpdateRecord,
  workflows: UpdateSources['workflows'],
): Promise<Readonly<Record<string, Fate>>> {
  const workflow = record.way === 'image' ? 'node-retire' : 'node-update';
  const found = await Promise.all(
    openMoves(record).map(async ({ execution }) => [execution, await workflows.fate(workflow, execution)] as const),
  );
  return Object.fromEntries(found.flatMap(([execution, fate]) => (fate ? [[execution, fate] as const] : [])));
}

/** Why a cluster or a group is paused, in words; empty when neither is. */
export function pauseOf(group: DescribedGroup | undefined, clusterUntil: string | undefined, now: Date): string {
  const holds = (until: string | undefined) =>
    until !== undefined && until !== '' && until !== 'false' && !(Date.parse(until) <= now.getTime());
  if (holds(clusterUntil)) return `the cluster is paused until ${clusterUntil}`;
  const tag = group?.tags[pausedTag];
  return holds(tag) ? `group ${group?.name} is paused (tag ${pausedTag}=${tag})` : '';
}
