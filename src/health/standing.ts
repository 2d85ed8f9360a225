import { breaker, zone } from './breaker-gates.ts';
import type { Decision, Hold, Refusal, Standing, Standings } from './decision.ts';
import type { Finding } from './finding.ts';
import { type Circumstances, firstRefusal } from './gate.ts';
import { unknown } from './general-gates.ts';
import { badImage, capacity, launchesFirst } from './replace-gates.ts';
import type { Subject } from './roster.ts';
import { type Part, unseenParts } from './seen.ts';

/**
 * The same questions as before a repair began, for each that is under way or begins now; not those that it asks for itself, and knows fresher: andon, pauses, quorum, whether it is sick.
 *
 * @param circumstances after everything was decided
 */
export function standingsOf(findings: readonly Finding[], circumstances: Circumstances): Standings {
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  const { subjects, work, soFar } = circumstances;
  const byNode = new Map([...subjects.values()].map((one) => [one.nodeName, one]));
  const begun = soFar.flatMap((one) => (one.action === 'repair' ? [{ instanceId: one.instanceId, nodeName: '' }] : []));
  const repaired = [...work.filter(({ workflow }) => workflow === 'node-repair'), ...begun];
  return Object.fromEntries(
    repaired.flatMap(({ instanceId, nodeName }) => {
      const subject = subjects.get(instanceId) ?? (instanceId === '' ? byNode.get(nodeName) : undefined);
      if (subject === undefined || subject.instanceId === '') return [];
      return [[subject.instanceId, standingOf(subject, known.get(subject.id), circumstances)]];
    }),
  );
}

/** What is said of a repair that is under way: with what will stop it, if anything will. */
export function withStanding(decision: Decision, standings: Standings): Decision {
  if (decision.action !== 'none' || decision.because !== 'under-way') return decision;
  const hold = standings[decision.finding]?.holds[0];
  if (hold === undefined) return decision;
  const when = hold.of === 'replace' ? 'it does not replace the node' : 'it stops before its next rung';
  return { ...decision, words: `${decision.words}; ${when}: ${hold.words}` };
}

/** What signs of a node are read from. */
const showing: readonly Part[] = ['nodes', 'groups', 'instances', 'alarms', 'nodeEvents'];

function standingOf(subject: Subject, found: Finding | undefined, circumstances: Circumstances): Standing {
  const finding = asReplaced(subject, found);
  const isSeen = unseenParts(circumstances.diagnosis.observations, showing).length === 0;
  const any = firstRefusal([unknown, zone, breaker], finding, circumstances);
  const ofReplacement = firstRefusal([badImage, capacity], finding, circumstances);
  return {
    holds: [...holdOf(any, 'any'), ...holdOf(ofReplacement, 'replace')],
    launchFirst: launchesFirst(finding, circumstances),
    signals: isSeen ? (found?.symptoms ?? []).map(({ signal }) => signal) : null,
  };
}

function holdOf(refusal: Refusal | undefined, of: Hold['of']): readonly Hold[] {
  return refusal === undefined ? [] : [{ because: refusal.because, words: refusal.words, of }];
}

/** The subject as if the next thing were to replace it: of that all is asked. */
function asReplaced(subject: Subject, finding: Finding | undefined): Finding {
  const { id, instanceId, nodeName, groupName, zone: where, role } = subject;
  const since = finding?.since ?? '';
  const symptom = {
    signal: 'repair',
    since,
    seenAt: since,
    dueAt: since,
    silence: false,
    words: 'it is being repaired',
  };
  return {
    id,
    kind: 'node',
    instanceId,
    nodeName,
    groupName,
    zone: where,
    role,
    since,
    symptoms: [{ ...symptom, ladder: ['replace', 'page'] }],
  };
}
