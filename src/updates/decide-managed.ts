import type { Decision } from './decision.ts';
import { holdOf, TURNS_PER_EXECUTION, windowHold } from './holds.ts';
import { hooksAfter, hooksBefore } from './hooks-due.ts';
import { isLeaving, type ManagedSight, type UpdatingMember } from './sight.ts';
import { again, minutesSince, runs, stops, type Turn, waits } from './turn.ts';
import { EKS_ANSWERS_WITHIN_MINUTES, type ManagedUpdate, type UpdateRecord } from './update-record.ts';
import { isComplete, isHopeless, isValid, unvalidated } from './validate.ts';

const BETWEEN_LOOKS = 60;

/**
 * What the update of a managed node group does next: it begins as any other does, in its window and in a cluster that is well; then EKS rolls the group, and is watched. EKS stops no update
 * that it has begun (API_CancelUpdate.html is for rollbacks of Auto Mode only), and takes no node group back (API_UpdateNodegroupVersion.html, both below
 * docs.aws.amazon.com/eks/latest/APIReference), so that neither is tried. Pure.
 */
export function decideManaged(turn: Turn): Decision {
  const { record, sight } = turn;
  const { managed } = record;
  if (!managed || !sight.managed) return stops(record, `EKS has no node group ${managed?.nodeGroup ?? ''} any more`);
  if (record.turns >= TURNS_PER_EXECUTION)
    return waits(record, 'history', 'its history has grown long: the next execution goes on');
  if (record.waves > 0) return afterwards(turn);
  return managed.askedAt === '' ? begins(turn, managed, sight.managed) : watches(turn, managed, sight.managed);
}

function begins(turn: Turn, managed: ManagedUpdate, { group: nodeGroup }: ManagedSight): Decision {
  const { record, sight, group, rules, now } = turn;
  const { asked } = record;
  if (asked && asked.what !== 'pause')
    return stops({ ...record, asked: null }, `${asked.by} ended it: ${asked.reason}`);
  if (record.stopping !== '') return stops(record, record.stopping);
  const hold = holdOf(turn) ?? windowHold(turn);
  if (hold) return waits(record, hold.waitsFor, hold.why);
  if (nodeGroup.status !== 'ACTIVE')
    return stops(record, `EKS says that node group ${managed.nodeGroup} is ${nodeGroup.status}`);
  if (isHopeless(record.validation, now))
    return stops(record, `the cluster is not well: ${record.validation.problems.join('; ')}`);
  if (!isComplete(record, sight, group) || !isValid(record.validation))
    return again(record, `waits until the cluster is well${troubleOf(record)}`, 15);
  const first = hooksBefore(record, rules);
  if (first) return runs(record, first);
  const next = { ...record, managed: { ...managed, askedAt: now.toISOString(), updateId: '', refused: '' } };
  return again(next, `asks EKS to roll node group ${managed.nodeGroup}`, 15, [{ kind: 'roll-node-group' }]);
}

function watches(turn: Turn, managed: ManagedUpdate, { update }: ManagedSight): Decision {
  const { record, group, now } = turn;
  const { nodeGroup, updateId, askedAt, refused } = managed;
  // Whoever resumes it asks anew.
  const over = { ...record, managed: { ...managed, askedAt: '', updateId: '', refused: '' } };
  if (refused !== '') return stops(over, `EKS refuses to roll node group ${nodeGroup}: ${refused}`);
  if (updateId === '' && minutesSince(askedAt, now) >= EKS_ANSWERS_WITHIN_MINUTES)
    return stops(over, `EKS has not begun to roll node group ${nodeGroup} in ${EKS_ANSWERS_WITHIN_MINUTES} minutes`);
  if (updateId === '')
    return again(record, `asks EKS to roll node group ${nodeGroup}`, 15, [{ kind: 'roll-node-group' }]);
  const moved = group.members.filter((one) => isNew(one, askedAt)).map((one) => movedOf(turn, one));
  const seen = { ...record, moved };
  const old = group.members.filter(
    (one) => !isLeaving(one) && !isNew(one, askedAt) && !one.lifecycleState.startsWith('Pending'),
  );
  const progress = `${moved.length} nodes are new and ${old.length} old`;
  if (!update)
    return stops({ ...over, moved }, `EKS knows nothing of update ${updateId} of node group ${nodeGroup} any more`);
  if (update.status === 'Successful')
    return again({ ...seen, waves: 1, validation: unvalidated }, `EKS has rolled node group ${nodeGroup}`, 5);
  if (update.status === 'InProgress')
    return again(
      seen,
      `EKS rolls node group ${nodeGroup} (update ${updateId}): ${progress}${unheeded(turn)}`,
      BETWEEN_LOOKS,
    );
  const errors = update.errors.length === 0 ? 'it says no reason' : update.errors.join('; ');
  return stops(
    { ...over, moved },
    `EKS has ended its update of node group ${nodeGroup} as ${update.status}, ${progress}: ${errors}`,
  );
}

/** It was rolled: is all well, and what do hooks of the user's own say? */
function afterwards(turn: Turn): Decision {
  const { record, sight, group, rules, now } = turn;
  if (record.stopping !== '') return stops(record, record.stopping);
  const due = hooksAfter(record, rules);
  if (due) return runs(record, due);
  if (isHopeless(record.validation, now))
    return stops(record, `it is rolled, and the cluster is not well: ${record.validation.problems.join('; ')}`);
  if (!isComplete(record, sight, group) || !isValid(record.validation))
    return again(record, `it is rolled; waits until all is well${troubleOf(record)}`, 15);
  const why = `EKS has rolled all nodes to ${record.target.version}`;
  return { record: { ...record, status: 'done', why }, actions: [], verdict: 'done', lookAgainSeconds: 0 };
}

/** What would hold any other update. */
function unheeded({ record, sight }: Turn): string {
  const wish = record.asked ? `${record.asked.by} asked to ${record.asked.what === 'pause' ? 'pause' : 'end'} it` : '';
  const held = sight.andon ? 'the andon is on' : sight.paused || wish;
  return held === '' ? '' : `; ${held}, and EKS stops no update that it has begun`;
}

function isNew({ lifecycleState, launchedAt }: UpdatingMember, since: string): boolean {
  return lifecycleState === 'InService' && launchedAt !== '' && Date.parse(launchedAt) >= Date.parse(since);
}

function movedOf({ sight, now }: Turn, { instanceId, zone }: UpdatingMember): UpdateRecord['moved'][number] {
  const node = sight.nodes === 'unknown' ? undefined : sight.nodes.find((one) => one.instanceId === instanceId);
  return { instanceId, nodeName: node?.name ?? '', zone, at: now.toISOString() };
}

function troubleOf({ validation }: UpdateRecord): string {
  return validation.problems.length === 0 ? '' : `: ${validation.problems.join('; ')}`;
}
