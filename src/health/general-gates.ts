import { type Gate, refuse } from './gate.ts';
import type { Observations } from './observations.ts';
import { isPaused } from './paused.ts';
import { partNames, problemOf, seenOr, unseenParts } from './seen.ts';
import { isReached, minutesMore } from './time.ts';

/** Older than two passes: what was seen then may be over. */
const STALE_MS = 120_000;

/** Whether the observations are of a while ago, or of a clock that is wrong. */
export function isStale({ at }: Pick<Observations, 'at'>, now: Date): boolean {
  return !(Math.abs(now.getTime() - Date.parse(at)) <= STALE_MS);
}

/** Nobody acts on what was seen a while ago. */
export const stale: Gate = (finding, { diagnosis: { observations }, now }) =>
  isStale(observations, now)
    ? refuse(finding, 'stale', `stale observations: they are of ${observations.at}`)
    : undefined;

/** A cord that cannot be seen may have been pulled: nothing is touched. That the cluster is in trouble is told all the same. */
export const unseenAndon: Gate = (finding, { diagnosis }) => {
  const problem = problemOf(diagnosis.observations.andon);
  return problem === undefined
    ? undefined
    : refuse(finding, 'unknown', `${partNames.andon} could not be read: ${problem}`);
};

/** The cord that anybody may pull. */
export const andon: Gate = (finding, { diagnosis }) => {
  const { andon: seen } = diagnosis.observations;
  const cord = 'value' in seen ? seen.value : null;
  return cord === null
    ? undefined
    : refuse(finding, 'andon', `andon is on: ${cord.reason} (${cord.by}, ${cord.since})`);
};

/** `repair: off` of the registry. */
export const switchedOff: Gate = (finding, { policy }) =>
  policy.repair === 'off' ? refuse(finding, 'policy', 'repair is off by policy') : undefined;

/** Pauses of the cluster, the group and the node. One that cannot be read may hold. */
export const paused: Gate = (finding, { diagnosis: { observations }, policy, subjects, now }) => {
  const subject = subjects.get(finding.id);
  const pauses = [
    { by: 'the registry', until: policy.pausedUntil ?? null },
    { by: 'tender pause', until: seenOr(observations.pause, null) },
    { by: `the tag of group ${finding.groupName}`, until: subject?.group?.paused ?? null },
    { by: 'annotation', until: subject?.node?.paused ?? null },
  ];
  const pause = pauses.find(({ until }) => isPaused(until, now));
  const problem = problemOf(observations.pause);
  if (pause === undefined && problem !== undefined)
    return refuse(finding, 'unknown', `${partNames.pause} could not be read: ${problem}`);
  if (pause === undefined || pause.until === null) return undefined;
  const isTime = !Number.isNaN(Date.parse(pause.until));
  const words = `paused by ${pause.by}${isTime ? ` until ${pause.until}` : ''}`;
  return refuse(finding, 'paused', words, isTime ? new Date(pause.until).toISOString() : undefined);
};

/** No node is judged by its silence while the API server is away; and nothing else is done then either, since nobody sees what that would do. */
export const apiServerAway: Gate = (finding, { diagnosis: { quiet } }) =>
  quiet.state === 'away' ? refuse(finding, 'api-server-away', quiet.words) : undefined;

/** Silence says nothing yet when it is only just back. What EC2 and the node's own agents say does. */
export const apiServerBack: Gate = (finding, { diagnosis: { quiet } }) =>
  quiet.state === 'back' && finding.symptoms[0].silence
    ? refuse(finding, 'api-server-back', quiet.words, quiet.until)
    : undefined;

/** What a node is judged by has to have been seen: all of it, since each could be a reason not to. */
export const unknown: Gate = (finding, { diagnosis, ledger }) => {
  const [unseen] = unseenParts(diagnosis.observations, ['nodes', 'groups', 'instances', 'zonalShifts', 'failedJoins']);
  if (unseen) return refuse(finding, 'unknown', `${partNames[unseen.part]} could not be read: ${unseen.problem}`);
  const problem = problemOf(ledger.work);
  return problem === undefined
    ? undefined
    : refuse(finding, 'unknown', `who works on what could not be read: ${problem}`);
};

/** Not yet. */
export const waits: Gate = (finding, { now }) => {
  const { dueAt, words } = finding.symptoms[0];
  return isReached(dueAt, now)
    ? undefined
    : refuse(finding, 'waits', `${words}: waits ${minutesMore(dueAt, now)}`, dueAt);
};

/** By its rule it is only shown. */
export const shown: Gate = (finding) => {
  const [{ signal, ladder, words }] = finding.symptoms;
  if (ladder.length > 0) return undefined;
  if (signal === 'AutoScalingUnhealthy') return refuse(finding, 'auto-scaling', words);
  const ofNode = finding.kind === 'node' || finding.kind === 'instance' || finding.kind === 'node-without-instance';
  return refuse(finding, ofNode ? 'ignored' : 'shown', `${words}: only shown, by the rule for ${signal}`);
};
