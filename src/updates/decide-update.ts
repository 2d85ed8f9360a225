import { bakes, beginsBake } from './bake.ts';
import { countedBefore, nothingWorse } from './counted-pods.ts';
import { decideManaged } from './decide-managed.ts';
import type { Decision } from './decision.ts';
import { holdOf, TURNS_PER_EXECUTION, windowHold } from './holds.ts';
import { type HooksSaid, hooksAfter, hooksBefore, noteHooks } from './hooks-due.ts';
import { wordsOfLeftOut } from './left-out.ts';
import { marksOf } from './marks.ts';
import { noteMoves, openMoves } from './moves.ts';
import { leftOutOf, outdatedOf } from './outdated.ts';
import { shareOf, type UpdateRules } from './policy.ts';
import type { UpdateSight, UpdatingGroup } from './sight.ts';
import { again, minutesSince, runs, stops, type Turn, trip, waits } from './turn.ts';
import { goalOf, type UpdateRecord, type Wave } from './update-record.ts';
import { areLate, isComplete, isHopeless, isToBlame, isValid, validated } from './validate.ts';
import { advanceWave } from './wave.ts';

/** Seconds between looks while nothing is begun. */
const BETWEEN_WAVES = 15;

/**
 * What an update does next (S31–S33): a canary of one, a bake, waves, or the way back; what is under way is finished first. Pure: what it is given is all it knows, and what it
 * decides is written down before it is done.
 */
export function decideUpdate(
  before: UpdateRecord,
  sight: UpdateSight,
  rules: UpdateRules,
  now: Date,
  said?: HooksSaid,
): Decision {
  const counted: UpdateRecord = {
    ...noteHooks(noteMoves(before, sight, now), said),
    turns: before.turns + 1,
    updatedAt: now.toISOString(),
  };
  const { group } = sight;
  if (!group) return stops(counted, `group ${before.groupName} is gone`);
  const seen = { ...counted, pinned: pinnedNow(counted, group) };
  const record = { ...seen, validation: validated(seen, sight, group, rules.healthMinutes, now) };
  const turn: Turn = { record, sight, group, rules, now };
  if (before.way === 'managed') return decideManaged(turn);
  const decision = decideTurn(turn);
  const bans = bansOf(decision.record);
  if (decision.verdict !== 'again' && decision.verdict !== 'hooks')
    return { ...decision, actions: [...bans, ...decision.actions] };
  const after = { ...turn, record: decision.record };
  return { ...decision, actions: [...bans, ...pinsOf(after), ...decision.actions, ...marksOf(after)] };
}

function decideTurn(turn: Turn): Decision {
  const { record, group, now } = turn;
  const somebody = whoElsePinned(turn);
  if (somebody !== undefined && openMoves(record).length === 0) return stops(record, somebody);
  // Executions for nodes go on meanwhile.
  if (record.turns >= TURNS_PER_EXECUTION)
    return waits(record, 'history', 'its history has grown long: the next execution goes on');
  const wanted = asked(turn);
  if (wanted) return wanted;
  if (record.wave) return advanceWave(turn, record.wave);
  if (record.stopping !== '') return stops(record, record.stopping);
  const afterwards = hooksAfter(record, turn.rules);
  if (afterwards) return runs(record, afterwards);
  if (record.way === 'in-place' && turn.sight.wanting === 'unknown')
    return again(record, 'waits until somebody can say which nodes want a reboot', 60);
  const outdated = outdatedOf(record, turn.sight, group).length;
  if (record.phase === 'bake') return hasCanary(turn) ? bakes(turn) : lostCanary(record);
  if (record.phase === 'canary' && hasCanary(turn)) return beginsBake(turn);
  if (outdated === 0 && isComplete(record, turn.sight, group))
    return extraOf(record, group.desired) > 0 ? givesExtraBack(turn) : finished(turn);
  const hold = holdOf(turn) ?? windowHold(turn);
  if (hold) return waits(record, hold.waitsFor, hold.why);
  if (isToBlame(record.validation, now)) return trip(turn, record.validation.problems.join('; '));
  if (isHopeless(record.validation, now))
    return stops(record, `the cluster is not well: ${record.validation.problems.join('; ')}`);
  const stuck = whyStuck(turn);
  if (stuck !== undefined)
    return record.phase !== 'roll-back' && areLate(turn) ? trip(turn, stuck) : stops(record, stuck);
  if (outdated === 0) return again(record, 'all nodes are current; waits until every one is in service', BETWEEN_WAVES);
  if (!mayBegin(turn)) return again(record, waitingFor(turn), BETWEEN_WAVES);
  const first = hooksBefore(record, turn.rules);
  return first ? runs(record, first) : again(begun(turn), `begins ${nameOf(turn)}`, 5);
}

/** What a person asked for, as far as it changes what is done. */
function asked(turn: Turn): Decision | undefined {
  const { record } = turn;
  if (record.asked === null || record.asked.what === 'pause') return undefined;
  const { what, by, reason } = record.asked;
  const heard = { ...record, asked: null };
  if (what === 'roll-back' && record.phase !== 'roll-back')
    return trip({ ...turn, record: heard }, `${by} asked for it: ${reason}`);
  if (what !== 'abort') return undefined;
  const why = `${by} ended it: ${reason}`;
  if (!record.wave) return stops(heard, why);
  return again(
    { ...heard, stopping: why, wave: { ...record.wave, stage: 'give-back', stageSince: turn.now.toISOString() } },
    `stops: ${why}`,
    5,
  );
}

/** A canary is what S31 asks for when nothing runs the new image yet. */
function hasCanary({ record, group }: Turn): boolean {
  if (record.way === 'in-place') return record.moved.length > 0;
  const { launchTemplateId, version } = record.target;
  return group.members.some(
    (one) => one.lifecycleState === 'InService' && one.version === version && one.launchTemplateId === launchTemplateId,
  );
}

/** A spot instance may be taken away while it bakes: nothing was learned. */
function lostCanary(record: UpdateRecord): Decision {
  return again(
    { ...record, phase: 'canary', bake: null },
    'the canary has left the group: another one is needed',
    BETWEEN_WAVES,
  );
}

function finished({ record, sight, group }: Turn): Decision {
  const back = record.phase === 'roll-back';
  const status = back ? 'rolled-back' : 'done';
  const leftOut = wordsOfLeftOut(leftOutOf(record, sight, group), record.cluster);
  const what = record.way === 'image' ? `version ${record.target.version}` : 'what they were updated to';
  const why = back
    ? `rolled back: ${record.tripped}`
    : `all ${leftOut === '' ? '' : 'other '}nodes run ${what}${leftOut}`;
  return { record: { ...record, status, why }, actions: [], verdict: status, lookAgainSeconds: 0 };
}

/** What was launched between waves, by whomever, is of the image that the group launches now. */
function whyStuck({ record, sight, group, rules, now }: Turn): string | undefined {
  const { incompleteSince } = record.validation;
  if (incompleteSince === '' || minutesSince(incompleteSince, now) < rules.joinMinutes) return undefined;
  const inService = group.members.filter(({ lifecycleState }) => lifecycleState === 'InService').length;
  const failed =
    sight.failedJoins > 0
      ? `; ${sight.failedJoins} joins of version ${record.target.version} have failed in a row`
      : '';
  return `${inService} of ${group.desired} nodes of the group are in service for ${rules.joinMinutes} minutes${failed}`;
}

function mayBegin({ record, sight, group }: Turn): boolean {
  return isComplete(record, sight, group) && isValid(record.validation);
}

function waitingFor({ record, sight, group }: Turn): string {
  const { problems } = record.validation;
  if (problems.length > 0) return `waits until the cluster is well: ${problems.join('; ')}`;
  if (!isComplete(record, sight, group))
    return `waits until all ${group.desired} nodes of the group are in service and Ready`;
  return 'looks a second time whether all is well';
}

function nameOf({ record }: Turn): string {
  if (record.phase === 'canary') return 'the canary';
  return record.phase === 'roll-back' ? 'a wave of the rollback' : `wave ${record.waves + 1}`;
}

/** Of the update so far: what could not be given back then is tried once more. */
function givesExtraBack({ record, group, now }: Turn): Decision {
  const by = extraOf(record, group.desired);
  const wave: Wave = { ...newWave(group.desired - by, by, by, now), stage: 'give-back', raised: true };
  return again({ ...record, extra: 0, wave }, `gives back what is too much: ${by}`, 5);
}

/** The record with a new wave: launched first where the group has room for it. */
function begun({ record, sight, group, rules, now }: Turn): UpdateRecord {
  const one = record.phase === 'canary' || group.role !== 'worker';
  const left = outdatedOf(record, sight, group).length;
  const most = (share: UpdateRules['maxSurge']) =>
    Math.min(one ? 1 : shareOf(share, group.desired), shareOf(rules.perGroup, group.desired), left);
  // What an earlier wave launched for nodes that stayed is there already.
  const base = group.desired - extraOf(record, group.desired);
  const room = record.way === 'image' ? Math.max(0, Math.min(most(rules.maxSurge), group.max - base)) : 0;
  const by = Math.max(room, group.desired - base);
  const size = by > 0 ? Math.min(by, left) : most(rules.maxUnavailable);
  const wave: Wave = {
    ...newWave(base, by, size, now),
    stage: by > 0 ? 'surge' : 'move',
    failedJoins: sight.failedJoins,
  };
  const bake = { until: '', ...countedBefore(sight.pods, now), ...nothingWorse };
  return { ...record, wave, extra: 0, ...(record.phase === 'canary' && { bake }) };
}

/** What is still too much of it: somebody else may have asked for less since. */
function extraOf({ extra, extraBase }: UpdateRecord, desired: number): number {
  return Math.max(0, Math.min(extra, desired - extraBase));
}

function newWave(base: number, by: number, size: number, now: Date): Wave {
  const since = now.toISOString();
  return {
    stage: 'surge',
    base,
    by,
    raised: false,
    lowering: 0,
    size,
    since,
    stageSince: since,
    moves: [],
    failedJoins: 0,
  };
}

/** What the group is to launch now: what is not proven yet only while a canary is being launched (docs/adr/0013). */
export function launchesNow(record: UpdateRecord): UpdateRecord['target'] {
  if (record.phase === 'waves') return record.target;
  return record.phase === 'canary' && record.wave !== null && record.wave.stage !== 'give-back'
    ? record.target
    : record.previous;
}

/** In each turn of a rollback, so that no death in between forgets it. Where only user data differs, the image is not to blame. */
function bansOf({ phase, tripped, target, previous }: UpdateRecord): Decision['actions'] {
  if (phase !== 'roll-back' || target.imageId === '' || target.imageId === previous.imageId) return [];
  return [{ kind: 'mark-bad', imageId: target.imageId, why: tripped }];
}

function pinsOf(turn: Turn): Decision['actions'] {
  const { record, group } = turn;
  if (record.way !== 'image') return [];
  const isHis = record.pinned === 'missed' || whoElsePinned(turn) !== undefined;
  const { launchTemplateId, version } = launchesNow(record);
  const isLeftSuspended = record.suspended.includes('Launch') && group.suspended.includes('Launch');
  return [
    ...(isHis || doesLaunch(group, { launchTemplateId, version })
      ? []
      : [{ kind: 'pin', launchTemplateId, version } as const]),
    ...(isLeftSuspended ? [{ kind: 'resume-launch' } as const] : []),
  ];
}

/** Somebody who gives the group another version in the middle has a plan of his own, and it is not ours to undo. */
function whoElsePinned({ record, group }: Turn): string | undefined {
  if (record.way !== 'image') return undefined;
  if (record.pinned === 'gone' && doesLaunch(group, record.previous))
    return `somebody let group ${group.name} launch version ${group.version} of ${group.launchTemplateId} again, from which this update moves it to version ${goalOf(record).version}`;
  const ours = doesLaunch(group, record.target) || doesLaunch(group, record.previous);
  if (ours || (record.followed !== '' && record.followed === group.version)) return undefined;
  return `somebody else let group ${group.name} launch version ${group.version} of ${group.launchTemplateId} in the middle of this update to version ${goalOf(record).version}`;
}

/** What {@link UpdateRecord.pinned} is after this look. */
function pinnedNow(
  { way, phase, pinned, target, previous }: UpdateRecord,
  group: UpdatingGroup,
): UpdateRecord['pinned'] {
  if (way !== 'image' || phase !== 'waves' || target.version === previous.version) return 'unseen';
  if (doesLaunch(group, target)) return 'seen';
  if (pinned === 'unseen' || !doesLaunch(group, previous)) return pinned;
  return pinned === 'seen' ? 'missed' : 'gone';
}

function doesLaunch(
  group: Pick<UpdatingGroup, 'version' | 'launchTemplateId'>,
  { launchTemplateId, version }: Pick<UpdateRecord['target'], 'launchTemplateId' | 'version'>,
): boolean {
  return group.version === version && group.launchTemplateId === launchTemplateId;
}
