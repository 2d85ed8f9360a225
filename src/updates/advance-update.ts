import { decideUpdate } from './decide-update.ts';
import type { Action, Decision } from './decision.ts';
import type { HooksDue, HooksSaid } from './hooks-due.ts';
import { observeUpdate, type UpdateSources } from './observe-update.ts';
import type { UpdateRules } from './policy.ts';
import type {
  BadImages,
  ManagedNodeGroups,
  NodeWorkflows,
  UpdateRecords,
  UpdatingGroups,
  UpdatingNodes,
} from './ports.ts';
import type { UpdateRecord } from './update-record.ts';

/** Everything that a turn of an update works with. */
export interface UpdateServices extends UpdateSources {
  readonly rules: UpdateRules;
  readonly records: UpdateRecords;
  readonly groups: UpdatingGroups;
  readonly nodes: UpdatingNodes;
  readonly workflows: NodeWorkflows;
  readonly badImages: BadImages;
  readonly managed: ManagedNodeGroups;
}

/** What a turn did. */
export interface TurnOutcome {
  /** `overtaken`: another execution has the update now. */
  readonly verdict: Decision['verdict'] | 'overtaken';
  readonly why: string;
  readonly lookAgainSeconds: number;
  readonly phase: UpdateRecord['phase'];
  readonly updated: number;
  /** Hooks of the user's own to run before the next turn; without a point there are none. */
  readonly hooks: HooksDue | { readonly point: ''; readonly wave: 0 };
  /** Whether what hooks have said is written down. */
  readonly heard: boolean;
  /** What could not be done; the next turn tries again. */
  readonly problem: string;
}

const NONE = { point: '', wave: 0 } as const;

/**
 * One turn of an update: looks, decides, writes down what it is about to do, and does it. Written first, so that of two that overlap only one acts, and whoever comes after knows what
 * was begun. Can run again.
 *
 * @throws what reading and writing the record, Auto Scaling or the registry throws
 */
export async function advanceUpdate(
  {
    cluster,
    groupName,
    execution,
    said,
  }: {
    readonly cluster: string;
    readonly groupName: string;
    readonly execution: string;
    readonly said?: HooksSaid | undefined;
  },
  services: UpdateServices,
  now: () => Date,
): Promise<TurnOutcome> {
  const found = await services.records.read(cluster, groupName);
  if (found?.record.execution !== execution || found.record.status !== 'running')
    return {
      verdict: 'overtaken',
      why: 'another execution has it',
      lookAgainSeconds: 0,
      phase: 'canary',
      updated: 0,
      hooks: NONE,
      heard: true,
      problem: '',
    };
  const at = now();
  const sight = await observeUpdate(found.record, services, at);
  const decision = decideUpdate(found.record, sight, services.rules, at, said);
  const { record, verdict, lookAgainSeconds, hooks = NONE } = decision;
  const { why, phase, moved } = record;
  const outcome = { verdict, why, lookAgainSeconds, phase, updated: moved.length, hooks, heard: true };
  const written = await services.records.write(record, found.etag);
  // Somebody asked for something in between: the next turn reads it.
  if (written === 'conflict')
    return {
      ...outcome,
      verdict: 'again',
      hooks: NONE,
      heard: false,
      lookAgainSeconds: 5,
      problem: 'the record was written by somebody else',
    };
  const problem = await actInOrder(decision, services, written.etag);
  // For people, and for whoever stops it. Where it cannot be written the next turn has it.
  if (problem !== record.trouble)
    await services.records.write({ ...record, trouble: problem, why: withTrouble(why, problem) }, written.etag);
  return { ...outcome, problem };
}

function withTrouble(why: string, trouble: string): string {
  return trouble === '' ? why : `${why}; it could not do all of it: ${trouble}`;
}

/** In order, and no further than what fails: nothing is launched when the version could not be pinned. */
async function actInOrder({ record, actions }: Decision, services: UpdateServices, etag: string): Promise<string> {
  for (const action of actions) {
    try {
      await (action.kind === 'roll-node-group' ? roll(record, services, etag) : act(action, record, services));
    } catch (error) {
      return `${action.kind}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    }
  }
  return '';
}

/** What EKS answers is written down; where that fails the next turn asks again, and gets the same answer. */
async function roll(record: UpdateRecord, { managed, records }: UpdateServices, etag: string): Promise<void> {
  if (!record.managed) return;
  const token = `${record.cluster} ${record.groupName} ${record.managed.askedAt}`;
  const answer = await managed.roll(record.managed, record.target, token);
  await records.write({ ...record, managed: { ...record.managed, ...answer } }, etag);
}

async function act(
  action: Exclude<Action, { readonly kind: 'roll-node-group' }>,
  record: UpdateRecord,
  { groups, nodes, workflows, badImages }: UpdateServices,
): Promise<void> {
  const { groupName, cluster, execution } = record;
  switch (action.kind) {
    case 'pin':
      return groups.pin(groupName, action.launchTemplateId, action.version);
    case 'raise':
      return groups.raise(groupName, action.to);
    case 'lower':
      return groups.lower(groupName, action.by, record.suspended.includes('Launch'));
    case 'resume-launch':
      return groups.resume(groupName, ['Launch']);
    case 'drop':
      return groups.drop(groupName, action.instanceId);
    case 'mark':
      return nodes.mark(action.nodeName, action, execution);
    case 'mark-bad':
      return badImages.mark({ imageId: action.imageId, why: action.why, since: record.updatedAt, cluster });
    case 'move':
      return workflows.start(
        record.way === 'image' ? 'node-retire' : 'node-update',
        action.execution,
        moveInput(action, record),
      );
  }
}

function moveInput(
  { instanceId, nodeName, shrink, atLeast, notAfter }: Extract<Action, { kind: 'move' }>,
  { cluster, groupName, way, phase, target, reason }: UpdateRecord,
): Readonly<Record<string, unknown>> {
  const what = phase === 'roll-back' ? `rollback of group ${groupName}` : `update of group ${groupName}`;
  const words = `${what}${way === 'image' ? ` (version ${target.version})` : ''}: ${reason}`;
  const input = { cluster, instanceId, nodeName, reason: words, ...(notAfter !== '' && { notAfter }) };
  return way === 'image' ? { ...input, signal: 'update', replaced: shrink, atLeast } : input;
}
