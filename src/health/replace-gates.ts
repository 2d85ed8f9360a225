import { endedExecution, stoppedBefore } from './attempt.ts';
import { hasBadImage } from './breaker-gates.ts';
import type { Finding } from './finding.ts';
import { type Circumstances, type Gate, refuse } from './gate.ts';
import { mendedInVain } from './mended.ts';
import type { ObservedGroup } from './observations.ts';
import type { Rung } from './policy.ts';
import { type Subject, saysReady } from './roster.ts';

/**
 * What of its ladder can be done: no restart or reboot of an instance that is off, no reboot or replacement of a control plane whose etcd nobody describes,
 * no replacement by an image that does not join; no rung that was tried already where the repair had to stop before the next,
 * and none that has just mended the same for a while only. Where nothing is left a person is told.
 */
export function ladderFor(finding: Finding, circumstances: Circumstances): readonly Rung[] {
  const impossible = new Set<Rung>([
    ...(isOff(circumstances.subjects.get(finding.id)) ? (['restart', 'reboot'] as const) : []),
    ...(finding.instanceId === '' ? (['restart', 'reboot', 'replace'] as const) : []),
    ...(isBlind(finding, circumstances) ? (['reboot', 'replace'] as const) : []),
    ...(hasBadImage(finding, circumstances) === undefined ? [] : (['replace'] as const)),
  ]);
  const left = ladderLeft(finding, circumstances).filter((rung) => !impossible.has(rung));
  return left.length === 0 ? ['page'] : left;
}

const RUNGS: readonly Rung[] = ['restart', 'reboot', 'replace', 'page'];

/** What stopped before a rung goes on there; what a rung has mended for a while only goes on above it. */
function ladderLeft(finding: Finding, circumstances: Circumstances): readonly Rung[] {
  const over = endedExecution(finding, circumstances);
  const next = over && stoppedBefore(over);
  const inVain = mendedInVain(finding, circumstances.diagnosis.mended, circumstances.policy);
  const from = Math.max(
    next === undefined ? 0 : RUNGS.indexOf(next),
    inVain === undefined ? 0 : RUNGS.indexOf(inVain.rung) + 1,
  );
  return finding.symptoms[0].ladder.filter((rung) => RUNGS.indexOf(rung) >= from);
}

/** What was launched last from there does not join: another one would not either, and those that are there are evidence. */
export const badImage: Gate = (finding, circumstances) => {
  const words = hasBadImage(finding, circumstances);
  const needsIt = finding.symptoms[0].ladder.includes('replace') && ladderFor(finding, circumstances)[0] === 'page';
  return words !== undefined && needsIt ? refuse(finding, 'bad-image', `bad image: ${words}`) : undefined;
};

/** A replacement never takes its group below its minimum of Ready nodes while a member is missing that will come. */
export const capacity: Gate = (finding, circumstances) => {
  const { group } = circumstances.subjects.get(finding.id) ?? {};
  const replaces = ladderFor(finding, circumstances)[0] === 'replace';
  if (!replaces || group === undefined || !canSurge(group) || !wouldFallShort(finding, circumstances)) return undefined;
  const serving = group.members.filter(({ lifecycleState }) => lifecycleState === 'InService').length;
  if (serving >= group.desired) return undefined;
  const words = `a member of group ${group.name} is missing, and replace would take it below its minimum of ${group.min} Ready nodes`;
  return refuse(finding, 'capacity', words);
};

/** Whether a replacement has to come first: the node still serves, and its group has no more than its minimum of those. */
export function launchesFirst(finding: Finding, circumstances: Circumstances): boolean {
  const { group } = circumstances.subjects.get(finding.id) ?? {};
  const replaces = ladderFor(finding, circumstances).includes('replace');
  return replaces && group !== undefined && canSurge(group) && wouldFallShort(finding, circumstances);
}

/** Whether the group would have less than its minimum of Ready nodes without this one and without those that somebody works on. */
function wouldFallShort(finding: Finding, { subjects, work, soFar }: Circumstances): boolean {
  const subject = subjects.get(finding.id);
  if (subject?.group === undefined || !isReady(subject)) return false;
  const { name, min } = subject.group;
  const going = new Set([
    finding.instanceId,
    ...work.map(({ instanceId }) => instanceId),
    ...soFar.flatMap((one) => (one.action === 'repair' ? [one.instanceId] : [])),
  ]);
  const ready = [...subjects.values()].filter((one) => one.groupName === name && isReady(one) && !going.has(one.id));
  return ready.length < min;
}

function isReady({ node, member }: Subject): boolean {
  return node !== undefined && saysReady(node) && !node.joining && member?.lifecycleState === 'InService';
}

function canSurge({ desired, max, suspended }: ObservedGroup): boolean {
  return max > desired && !suspended.includes('Launch');
}

function isOff(subject: Subject | undefined): boolean {
  return subject?.instance !== undefined && /^(stopp|terminated)/.test(subject.instance.state);
}

function isBlind({ role }: Finding, { diagnosis }: Circumstances): boolean {
  return role !== 'worker' && diagnosis.observations.etcd === undefined;
}
