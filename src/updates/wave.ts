import type { Decision } from './decision.ts';
import { holdOf, windowHold } from './holds.ts';
import { joiningMembers, openMoves, startsOf, surplusMembers, withMoves } from './moves.ts';
import { orderOfMoves } from './outdated.ts';
import { isLeaving } from './sight.ts';
import { again, enter, minutesSince, stops, surplusOf, type Turn, trip, waits } from './turn.ts';
import type { UpdateRecord, Wave } from './update-record.ts';
import { areLate, isComplete, isHopeless, isToBlame, isValid, unvalidated } from './validate.ts';

/** Seconds between looks while instances launch and nodes drain. */
const LAUNCHING = 15;
const MOVING = 30;
/** What was launched is gone by then, or a person has to look. */
const QUIET_WITHIN_MINUTES = 120;

/** The next step of a wave: launch, move, settle; or give back what was launched. */
export function advanceWave(turn: Turn, wave: Wave): Decision {
  switch (wave.stage) {
    case 'surge':
      return surges(turn, wave);
    case 'move':
      return moves(turn, wave);
    case 'settle':
      return settles(turn, wave);
    case 'give-back':
      return givesBack(turn, wave);
  }
}

function surges(turn: Turn, wave: Wave): Decision {
  const { record, sight, group, rules, now } = turn;
  const to = wave.base + wave.by;
  const raised = wave.raised || group.desired >= to;
  const next: UpdateRecord = { ...record, wave: { ...wave, raised } };
  const hold = holdOf(turn);
  if (hold) return waits(next, hold.waitsFor, hold.why);
  if (!raised && minutesSince(wave.stageSince, now) >= rules.joinMinutes)
    return fails(
      { ...turn, record: next },
      `desired capacity of group ${group.name} could not be raised for ${rules.joinMinutes} minutes${record.trouble === '' ? '' : `: ${record.trouble}`}`,
    );
  if (!raised) return again(next, `launches ${count(wave.by, 'instance')}`, LAUNCHING, [{ kind: 'raise', to }]);
  const wrong = whyNotJoined(turn, wave);
  if (wrong !== undefined) return fails({ ...turn, record: next }, wrong);
  if (!isComplete(record, sight, group) || !isValid(record.validation))
    return again(next, `waits for ${count(wave.by, 'new instance')} to come into service${trouble(record)}`, LAUNCHING);
  return again(enter(next, { ...wave, raised }, 'move', now), 'what was launched is in service', 5);
}

/** Why the wave does not get any further; undefined: it may. */
function whyNotJoined({ record, sight, rules, now }: Turn, wave: Wave): string | undefined {
  const failed = sight.failedJoins - wave.failedJoins;
  if (record.phase !== 'roll-back' && failed > 0)
    return `${count(failed, 'instance')} of version ${record.target.version} did not join`;
  if (isToBlame(record.validation, now)) return record.validation.problems.join('; ');
  if (minutesSince(wave.stageSince, now) < rules.joinMinutes) return undefined;
  return `not all was in service, and well, within ${rules.joinMinutes} minutes${trouble(record)}`;
}

/** What was launched is to blame when it is there and is not well; else, and on the way back, a person has to see to it. */
function fails(turn: Turn, why: string): Decision {
  const { record, now } = turn;
  if (record.phase !== 'roll-back' && (areLate(turn) || isToBlame(record.validation, now))) return trip(turn, why);
  const stopping = record.phase === 'roll-back' ? `the rollback is stuck: ${why}` : why;
  return again(
    record.wave ? enter({ ...record, stopping }, record.wave, 'give-back', now) : { ...record, stopping },
    `stops: ${stopping}`,
    5,
  );
}

function moves(turn: Turn, wave: Wave): Decision {
  const { record, sight, group, now } = turn;
  if (openMoves(record).length > 0)
    return again(
      record,
      `${count(openMoves(record).length, 'node')} of ${wave.moves.length} still to go`,
      MOVING,
      startsOf(turn),
    );
  const failed = wave.moves.find(({ state }) => state === 'failed');
  const held = failed && (holdOf(turn) ?? windowHold(turn));
  // Retirements refuse to begin while the andon is on, and after the window: nobody's fault, and tried again.
  if (held)
    return waits(
      { ...record, wave: { ...wave, moves: wave.moves.filter(({ state }) => state !== 'failed') } },
      held.waitsFor,
      held.why,
    );
  if (failed) {
    const stopping = `${failed.nodeName || failed.instanceId} could not be updated: ${failed.why}`;
    return again(enter({ ...record, stopping }, wave, 'give-back', now), `stops: ${stopping}`, 5);
  }
  // Somebody else may have asked for less meanwhile: then what was launched is not there to take anybody's place.
  const missing = Math.min(wave.size - wave.moves.length, wave.by > 0 ? surplusOf(wave, group) : wave.size);
  if (missing <= 0) return again(enter(record, wave, 'settle', now), 'waits until all is settled', MOVING);
  const hold = holdOf(turn);
  if (hold) return waits(record, hold.waitsFor, hold.why);
  if (record.way === 'in-place' && sight.nodes === 'unknown')
    return again(record, 'waits until the API server says which nodes a person keeps drained', MOVING);
  const chosen = orderOfMoves(record, sight, group).slice(0, missing);
  if (chosen.length === 0) return again(enter(record, wave, 'settle', now), 'no node is left to move', MOVING);
  const next = withMoves(turn, wave, chosen, wave.by > 0);
  return again(next, `empties ${count(chosen.length, 'node')}`, MOVING, startsOf({ ...turn, record: next }));
}

function settles(turn: Turn, wave: Wave): Decision {
  const { record, sight, group, now } = turn;
  const wrong = whyNotJoined(turn, wave);
  if (wrong !== undefined) return fails(turn, wrong);
  if (isHopeless(record.validation, now))
    return again(
      enter(
        { ...record, stopping: `the cluster is not well: ${record.validation.problems.join('; ')}` },
        wave,
        'give-back',
        now,
      ),
      'stops',
      5,
    );
  if (!isComplete(record, sight, group) || !isValid(record.validation))
    return again(record, `waits until all is settled${trouble(record)}`, LAUNCHING);
  const surplus = surplusOf(wave, group);
  // A node went by itself, and Auto Scaling has replaced it: the capacity that was launched for it is for another one.
  if (surplus > 0 && orderOfMoves(record, sight, group).length > 0)
    return again(
      enter(record, { ...wave, size: wave.moves.length + surplus }, 'move', now),
      `${count(surplus, 'more node')} can move`,
      5,
    );
  if (surplus > 0) return again(enter(record, wave, 'give-back', now), 'gives back what is too much', 5);
  return again(ended(record, wave, now), 'all is settled', 5);
}

/** A wave that has ended. */
function ended(record: UpdateRecord, wave: Wave, now: Date): UpdateRecord {
  const lastWaveSeconds = Math.round((now.getTime() - Date.parse(wave.since)) / 1000);
  // It was just seen to be well, twice: the next wave may begin.
  return { ...record, wave: null, waves: record.waves + 1, lastWaveSeconds };
}

/**
 * Takes back the capacity that was raised for nodes that have not gone: instances that have not come into service are terminated, those that have are drained first, and what was never launched is
 * no longer asked for. Nobody else's instance is taken for it.
 */
function givesBack({ record: before, ...seen }: Turn, asked: Wave): Decision {
  const { group, now } = seen;
  const wave = lowered(asked, group);
  const record = { ...before, wave };
  const turn = { ...seen, record };
  if (openMoves(record).length > 0)
    return again(record, `gives back: ${count(openMoves(record).length, 'node')} still to go`, MOVING, startsOf(turn));
  const surplus = wave.raised || group.desired > wave.base ? surplusOf(wave, group) : 0;
  const refused = whyNotGivenBack(wave, surplus, group.name, now);
  if (refused !== undefined)
    return stops(
      { ...record, wave: null, extra: surplus, extraBase: wave.base },
      `${record.stopping || record.tripped}; and ${refused}`,
    );
  if (surplus === 0 && !group.members.some(isLeaving))
    return again({ ...record, wave: null, validation: unvalidated }, record.why, 5);
  const hold = holdOf(turn);
  if (hold) return waits(record, hold.waitsFor, hold.why);
  if (group.members.some(isLeaving)) return again(record, 'waits for what is leaving', LAUNCHING);
  const { joining, withNode } = joiningMembers(turn);
  // A Node may have pods, or a member of etcd: it is let in, and leaves as others do.
  if (withNode) return again(record, 'waits for what is joining', LAUNCHING);
  if (joining.length > 0) {
    const drops = joining.slice(0, surplus).map(({ instanceId }) => ({ kind: 'drop', instanceId }) as const);
    const next = { ...record, wave: { ...wave, lowering: group.desired } };
    return again(
      next,
      `terminates ${count(drops.length, 'instance')} that did not come into service`,
      LAUNCHING,
      drops,
    );
  }
  const missing = Math.min(surplus, group.desired - group.members.length);
  if (missing > 0) return asksForFewer(turn, wave, missing);
  const next = withMoves(turn, wave, surplusMembers(turn, surplus), true);
  return again(
    next,
    `empties ${count(surplus, 'instance')} that were launched for nodes that stay`,
    MOVING,
    startsOf({ ...turn, record: next }),
  );
}

/** Then it is noted how many there are, and whoever resumes the update tries once more. */
function whyNotGivenBack(wave: Wave, surplus: number, groupName: string, now: Date): string | undefined {
  const refused = wave.moves.find(({ state, since }) => state === 'failed' && since > wave.stageSince);
  if (refused) return `${count(surplus, 'instance')} too many stay in group ${groupName}: ${refused.why}`;
  const minutes = minutesSince(wave.stageSince, now);
  return minutes >= QUIET_WITHIN_MINUTES
    ? `group ${groupName} has not become quiet in ${QUIET_WITHIN_MINUTES} minutes`
    : undefined;
}

/** Desired capacity that went down when it was asked to is no longer raised. */
function lowered(wave: Wave, { desired }: Turn['group']): Wave {
  const fell = wave.lowering === 0 ? 0 : Math.min(wave.by, Math.max(0, wave.lowering - desired));
  return { ...wave, by: wave.by - fell, lowering: 0 };
}

/** Launch is suspended for a moment, so that nothing comes for which another one would have to go; whoever settles a dead update resumes it. */
function asksForFewer({ record, group }: Turn, wave: Wave, by: number): Decision {
  const suspended = group.suspended.includes('Launch')
    ? record.suspended
    : [...new Set([...record.suspended, 'Launch'])];
  const next = { ...record, suspended, wave: { ...wave, lowering: group.desired } };
  return again(next, `asks for ${count(by, 'instance')} fewer`, LAUNCHING, [{ kind: 'lower', by }]);
}

function trouble({ validation }: UpdateRecord): string {
  return validation.problems.length === 0 ? '' : `: ${validation.problems.join('; ')}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
