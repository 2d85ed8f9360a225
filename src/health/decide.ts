import { runningOf, workOf } from './begun.ts';
import { breaker, zone } from './breaker-gates.ts';
import { breakersOf } from './breakers.ts';
import { deleteNode, unconfirmed } from './clean-up.ts';
import { controlPlane } from './control-plane-gate.ts';
import type { Decision, Verdict } from './decision.ts';
import type { Diagnosis, Finding } from './finding.ts';
import { type Circumstances, firstRefusal, type Gate } from './gate.ts';
import {
  andon,
  apiServerAway,
  apiServerBack,
  paused,
  shown,
  stale,
  switchedOff,
  unknown,
  unseenAndon,
  waits,
} from './general-gates.ts';
import type { Ledger } from './ledger.ts';
import { tellOfWhatIsLeft } from './left-on-purpose.ts';
import { page } from './page.ts';
import type { HealthPolicy } from './policy.ts';
import { poolsOf } from './pools.ts';
import { repair } from './repair.ts';
import { badImage, capacity } from './replace-gates.ts';
import { replaceMember } from './replace-member.ts';
import { rosterOf } from './roster.ts';
import { problemOf } from './seen.ts';
import { standingsOf, withStanding } from './standing.ts';
import { autoScalingActs, ended, joining, leaving, notOurs, stoppedLately, underWay } from './work-gates.ts';

/** Those that hold for whatever is told about the cluster: the andon stops what Tender does, and not what people have to know. */
const ofTelling: readonly Gate[] = [stale, switchedOff];
/** Those that hold for whatever is done. */
const general: readonly Gate[] = [stale, unseenAndon, andon, switchedOff];
const ofNodes: readonly Gate[] = [
  notOurs,
  shown,
  underWay,
  leaving,
  joining,
  autoScalingActs,
  ended,
  ...general,
  paused,
  apiServerAway,
  apiServerBack,
  unknown,
  waits,
  zone,
  controlPlane,
  breaker,
  badImage,
  capacity,
  stoppedLately,
];
const ofRemains: readonly Gate[] = [
  shown,
  underWay,
  ended,
  ...general,
  paused,
  apiServerAway,
  unknown,
  waits,
  unconfirmed,
];
const ofMembers: readonly Gate[] = [shown, underWay, ended, ...general, paused, apiServerAway, waits];
const ofTheCluster: readonly Gate[] = [shown, ...ofTelling, waits];

/**
 * What is done about each finding, or the one reason why nothing is: exactly one decision each, in the order of the findings. The same input gives the same
 * output, and asking twice starts nothing twice, since what is started is named after its episode.
 */
export function decide(diagnosis: Diagnosis, ledger: Ledger, policy: HealthPolicy, now: Date): Verdict {
  const subjects = new Map(rosterOf(diagnosis.observations).map((one) => [one.id, one]));
  const running = runningOf(ledger, diagnosis.observations.memory.begun, now);
  const work = workOf(ledger, running);
  const canCount = problemOf(diagnosis.observations.groups) === undefined;
  const breakers = breakersOf(diagnosis, canCount ? poolsOf(diagnosis, subjects, work) : [], policy);
  const byName = new Map(breakers.map((one) => [one.name, one]));
  const decisions: Decision[] = [];
  for (const finding of diagnosis.findings) {
    const circumstances = { diagnosis, ledger, work, policy, now, subjects, breakers: byName, soFar: decisions };
    decisions.push(decideOne(finding, circumstances));
  }
  const standings = standingsOf(diagnosis.findings, {
    diagnosis,
    ledger,
    work,
    policy,
    now,
    subjects,
    breakers: byName,
    soFar: decisions,
  });
  return { decisions: decisions.map((one) => withStanding(one, standings)), breakers, running, standings };
}

function decideOne(finding: Finding, circumstances: Circumstances): Decision {
  switch (finding.kind) {
    case 'node':
    case 'instance':
      return (
        firstRefusal(ofNodes, finding, circumstances) ??
        tellOfWhatIsLeft(finding, circumstances) ??
        repair(finding, circumstances)
      );
    case 'node-without-instance':
      return firstRefusal(ofRemains, finding, circumstances) ?? deleteNode(finding, circumstances);
    case 'etcd-member':
      return decideMember(finding, circumstances);
    default:
      return (
        firstRefusal(ofTheCluster, finding, circumstances) ?? page(finding, circumstances, finding.symptoms[0].words)
      );
  }
}

/** A person is told of a member that is not well while the andon is on, too; none is replaced. */
function decideMember(finding: Finding, circumstances: Circumstances): Decision {
  const refusal = firstRefusal(ofMembers, finding, circumstances);
  if (refusal?.because !== 'andon') return refusal ?? replaceMember(finding, circumstances);
  const others = ofMembers.filter((gate) => gate !== andon);
  const otherwise = firstRefusal(others, finding, circumstances) ?? replaceMember(finding, circumstances);
  return otherwise.action === 'page' || (otherwise.action === 'none' && otherwise.because === 'told')
    ? otherwise
    : refusal;
}
