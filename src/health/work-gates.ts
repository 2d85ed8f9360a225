import { againAt, endedExecution, stoppedBefore } from './attempt.ts';
import type { Finding } from './finding.ts';
import { type Gate, refuse } from './gate.ts';
import type { EndedExecution, Work } from './ledger.ts';
import { leftOnPurposeBy } from './left-on-purpose.ts';
import { isLeavingGroup } from './roster.ts';
import { problemOf } from './seen.ts';
import { isReached, minutesAfter } from './time.ts';

/** A repair that says it has mended something has this long until that is seen. */
const SEEN_MINUTES = 15;

/** S7, S45: what is in no group of ours is left to whoever made it, and what somebody else repairs to him. */
export const notOurs: Gate = (finding, { diagnosis, subjects }) => {
  const managedBy = subjects.get(finding.id)?.group?.managedBy;
  if (managedBy !== undefined) return refuse(finding, 'not-ours', `${managedBy} sees to its nodes itself`);
  if (finding.groupName !== '' || problemOf(diagnosis.observations.groups) !== undefined) return undefined;
  return refuse(finding, 'not-ours', 'it is in no group of this cluster: left to whoever made it');
};

/** Somebody works on it, or has begun to: an execution, whoever stands in its annotation and has not ended, an instance refresh. */
export const underWay: Gate = (finding, circumstances) => {
  const mine = circumstances.work.find((one) => one.isOver !== true && isAbout(one, finding));
  if (mine !== undefined) return refuse(finding, 'under-way', workWords(mine));
  const subject = circumstances.subjects.get(finding.id);
  const owner = subject?.node?.owner ?? null;
  const isLeft = leftOnPurposeBy(finding, circumstances) !== undefined;
  if (owner !== null && !isLeft)
    return refuse(finding, 'under-way', `the node is in the hands of ${owner.split(':').at(-1)}`);
  if (subject?.group?.refreshing !== true) return undefined;
  return refuse(finding, 'under-way', `an instance refresh replaces the members of group ${finding.groupName}`);
};

/** It goes, or somebody took it out of service. */
export const leaving: Gate = (finding, { subjects }) => {
  const subject = subjects.get(finding.id);
  const { member, instance } = subject ?? {};
  if (member && isLeavingGroup(member))
    return refuse(finding, 'leaving', `its group lets it go (${member.lifecycleState})`);
  if (instance?.state === 'shutting-down') return refuse(finding, 'leaving', 'its instance is shutting down');
  if (member && /Standby$/.test(member.lifecycleState)) {
    return refuse(finding, 'leaving', `somebody took it out of service (${member.lifecycleState})`);
  }
  return undefined;
};

/** An instance that waits at its launch hook is judged by what waits with it. */
export const joining: Gate = (finding, { subjects }) => {
  const state = subjects.get(finding.id)?.member?.lifecycleState ?? '';
  const pending = /^Pending/.test(state);
  return pending
    ? refuse(finding, 'joining', `it is not in service yet (${state}): its launch hook is answered by its join`)
    : undefined;
};

/** Auto Scaling replaces what it finds unhealthy, unless it may not or a rule says otherwise. */
export const autoScalingActs: Gate = (finding, { subjects }) => {
  const suspended = subjects.get(finding.id)?.group?.suspended ?? [];
  const symptom = finding.symptoms.find(({ signal }) => signal === 'AutoScalingUnhealthy');
  const acts =
    symptom?.ladder.length === 0 && !suspended.some((one) => one === 'ReplaceUnhealthy' || one === 'Terminate');
  return acts ? refuse(finding, 'auto-scaling', symptom.words) : undefined;
};

/** What was started for this episode is over. What failed has told a person; what says that it is done has a while until that is seen; what stood aside is tried again. */
export const ended: Gate = (finding, circumstances) => {
  const over = endedExecution(finding, circumstances);
  // What stopped it is asked about anew, and is the reason for as long as it holds.
  if (over === undefined || stoppedBefore(over) !== undefined) return undefined;
  const { status, at } = over;
  const how = endedHow(over);
  if (status !== 'SUCCEEDED') return refuse(finding, 'ended', `${how}: it needs a person`);
  const again = againAt(over);
  if (again !== undefined)
    return isReached(again, circumstances.now)
      ? undefined
      : refuse(finding, 'ended', `${how}: it is tried again`, again);
  const until = minutesAfter(at, SEEN_MINUTES);
  if (isReached(until, circumstances.now)) return undefined;
  return refuse(finding, 'ended', `${how}: waits for that to be seen`, until);
};

/** Nothing speaks against it any more, but it has stopped only a moment ago. */
export const stoppedLately: Gate = (finding, circumstances) => {
  const over = endedExecution(finding, circumstances);
  const again = over && stoppedBefore(over) !== undefined ? againAt(over) : undefined;
  return over === undefined || again === undefined || isReached(again, circumstances.now)
    ? undefined
    : refuse(finding, 'ended', `${endedHow(over)}: it is tried again`, again);
};

function endedHow({ execution, status, outcome }: EndedExecution): string {
  return `${execution} ended ${status}${outcome === '' ? '' : ` (${outcome})`}`;
}

function isAbout({ instanceId, nodeName }: Work, finding: Finding): boolean {
  if (instanceId !== '') return instanceId === finding.instanceId;
  return nodeName !== '' && nodeName === finding.nodeName;
}

function workWords({ workflow, execution, reason, since }: Work): string {
  const why = reason === '' ? '' : `: ${reason}`;
  if (workflow === 'node-repair') return `repair ${execution} is under way since ${since}${why}`;
  if (workflow === 'node-retire') return `the node is being retired by ${execution} since ${since}${why}`;
  return `${workflow} ${execution} works on it since ${since}${why}`;
}
