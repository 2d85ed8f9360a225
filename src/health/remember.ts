import { startedBy } from './begun.ts';
import type { Decision, Verdict } from './decision.ts';
import { eventConditions, eventPrefix } from './event-conditions.ts';
import type { Diagnosis, Finding } from './finding.ts';
import { transitionsOf } from './flapping.ts';
import { isStale } from './general-gates.ts';
import { isNodeless } from './instance-symptoms.ts';
import { rememberCondition } from './latched.ts';
import { newestLease, rememberLease } from './leases.ts';
import type { Work } from './ledger.ts';
import type { BreakerMemory, GoneMemory, Memory, NodeMemory, SubjectMemory } from './memory.ts';
import type { Observations, ObservedNode } from './observations.ts';
import { disturbedAt } from './our-doing.ts';
import type { HealthPolicy } from './policy.ts';
import { rememberApiServer } from './quiet-api-server.ts';
import { isGone, rosterOf } from './roster.ts';
import { rulesOf, sickStatus } from './rules.ts';
import { type Part, problemOf, seenOr } from './seen.ts';
import { isActionable, sisters } from './sight.ts';

/**
 * What the next pass has to know. What was not seen this time is remembered as it was, neither worse nor better; from what is stale nothing is learnt.
 *
 * Give it the decisions as they were made: that an execution could not be started shows in the next pass, where nobody knows it.
 */
export function remember(diagnosis: Diagnosis, verdict: Verdict, policy: HealthPolicy, now: Date): Memory {
  const { observations } = diagnosis;
  if (isStale(observations, now)) return observations.memory;
  const { at, apiServer, memory } = observations;
  return {
    at,
    apiServer: rememberApiServer(apiServer, memory.apiServer, at),
    subjects: rememberSubjects(diagnosis, verdict),
    nodes: rememberNodes(diagnosis, policy),
    mended: diagnosis.mended,
    gone: rememberGone(diagnosis),
    nodeless: rememberNodeless(diagnosis),
    begun: [...verdict.running, ...startedBy(diagnosis.findings, verdict.decisions, at)],
    members: rememberMembers(observations),
    // Claims and snapshots are no part of what is diagnosed: the pass sees to them.
    unattended: memory.unattended,
    matters: memory.matters,
    snapshotsSeenAt: memory.snapshotsSeenAt,
    breakers: rememberBreakers(diagnosis, verdict),
  };
}

function rememberSubjects(diagnosis: Diagnosis, { decisions, running }: Verdict): Memory['subjects'] {
  const { findings, observations } = diagnosis;
  const { memory, at } = observations;
  const made = new Map(decisions.map((decision) => [decision.finding, decision]));
  const unseen = Object.entries(memory.subjects).filter(([id]) => !couldBeSeen(id, diagnosis));
  const found = findings.map((finding) => {
    const known = memory.subjects[finding.id];
    const decision = made.get(finding.id);
    const remembered = rememberSubject(finding, known, decision, at);
    const paged = rememberPaged(finding, known, decision, diagnosis);
    return [finding.id, { ...remembered, paged }] as const;
  });
  return Object.fromEntries([...workedOn(memory, running), ...unseen, ...found]);
}

/** Those that what was started for is at work on: whether it ends well says more than one look that finds them well meanwhile. Signs that are gone begin anew. */
function workedOn({ subjects }: Memory, running: readonly Work[]): readonly (readonly [string, SubjectMemory])[] {
  const open = new Set(running.map(({ execution }) => execution));
  return Object.entries(subjects).flatMap(([id, known]) =>
    known.execution !== null && open.has(known.execution) ? [[id, { ...known, signals: {}, paged: {} }] as const] : [],
  );
}

function rememberSubject(
  { symptoms, since }: Finding,
  known: SubjectMemory | undefined,
  decision: Decision | undefined,
  at: string,
): Omit<SubjectMemory, 'paged'> {
  const same = known?.since === since ? known : undefined;
  const starts = decision !== undefined && 'execution' in decision;
  // A repair of what came back begins an episode of its own.
  const began = decision?.action === 'repair' ? decision.since : since;
  return {
    since: isActionable(symptoms[0]) ? began : null,
    signals: Object.fromEntries(symptoms.map((one) => [one.signal, { since: one.since, seenAt: one.seenAt }])),
    execution: starts ? decision.execution : (same?.execution ?? null),
    startedAt: starts ? at : (same?.startedAt ?? null),
    ...startedFor(decision, same),
  };
}

function startedFor(
  decision: Decision | undefined,
  same: SubjectMemory | undefined,
): Pick<SubjectMemory, 'startedFor'> {
  if (decision?.action === 'repair') return { startedFor: decision.signal };
  const starts = decision !== undefined && 'execution' in decision;
  return starts || same?.startedFor === undefined ? {} : { startedFor: same.startedFor };
}

/** A signal that was seen to be gone is told again when it comes back. */
function rememberPaged(
  { id, symptoms, since }: Finding,
  known: SubjectMemory | undefined,
  decision: Decision | undefined,
  diagnosis: Diagnosis,
): SubjectMemory['paged'] {
  const before = known?.since === since ? Object.entries(known.paged) : [];
  const present = new Set(symptoms.flatMap(({ signal }) => [signal, sisters[signal] ?? signal]));
  const kept = before.filter(([signal]) => present.has(signal) || !couldBeSeen(id, diagnosis));
  const told = decision?.action === 'page' ? [[decision.signal, diagnosis.observations.at] as const] : [];
  return Object.fromEntries([...kept, ...told]);
}

/** The parts that have to be seen for it to be known that a finding is over. */
function partsOf(id: string): readonly Part[] {
  const [what = ''] = id.split('/');
  const ofCluster: Readonly<Record<string, readonly Part[]>> = {
    'api-server': [],
    etcd: ['etcd'],
    'etcd-member': ['etcd'],
    'daemon-set': ['daemonSets'],
    'core-dns': ['coreDns'],
    targets: ['targets'],
    image: ['failedJoins'],
    part: [],
  };
  return ofCluster[what] ?? ['nodes', 'groups', 'instances'];
}

function couldBeSeen(id: string, { observations }: Diagnosis): boolean {
  return partsOf(id).every((part) => problemOf(observations[part]) === undefined);
}

function rememberNodes({ observations, quiet, disturbed }: Diagnosis, policy: HealthPolicy): Memory['nodes'] {
  const { nodes, memory, at } = observations;
  if (problemOf(nodes) !== undefined) return memory.nodes;
  const rules = rulesOf(policy);
  const newest = newestLease(observations);
  return Object.fromEntries(
    seenOr(nodes, []).flatMap((node) => {
      const known = memory.nodes[node.uid];
      const { withinMinutes } = policy.flapping;
      const last = disturbedAt(node, known, disturbed, observations);
      const kept: NodeMemory = {
        transitions: transitionsOf(node, known, { at, quiet, withinMinutes, disturbedAt: last }),
        ...disturbanceOf(disturbed === null ? known?.disturbedAt : last),
        conditions: sickConditions(node, observations, known, rules),
        lease: rememberLease(node, known?.lease, newest, at),
        ...bootOf(node, observations, known),
      };
      return isEmpty(kept) ? [] : [[node.uid, kept] as const];
    }),
  );
}

/** An Event that is first seen with another boot than this may be from before it. */
function bootOf(
  { bootId }: ObservedNode,
  { nodeEvents }: Observations,
  known: NodeMemory | undefined,
): Pick<NodeMemory, 'bootId'> {
  if (nodeEvents === undefined) return {};
  const boot = problemOf(nodeEvents) !== undefined || bootId === '' ? known?.bootId : bootId;
  return boot === undefined ? {} : { bootId: boot };
}

/** Where nobody can say who is at work, that is not written down of each node. */
function disturbanceOf(disturbedAt: string | undefined): Pick<NodeMemory, 'disturbedAt'> {
  return disturbedAt === undefined ? {} : { disturbedAt };
}

function isEmpty({ transitions, conditions, lease, bootId, disturbedAt }: NodeMemory): boolean {
  const isTold = bootId !== undefined || disturbedAt !== undefined;
  return transitions.length === 0 && Object.keys(conditions).length === 0 && lease === null && !isTold;
}

function sickConditions(
  node: ObservedNode,
  observations: Observations,
  known: NodeMemory | undefined,
  rules: ReturnType<typeof rulesOf>,
): NodeMemory['conditions'] {
  const unseen = Object.entries(known?.conditions ?? {}).filter(
    ([type]) => type.startsWith(eventPrefix) && problemOf(observations.nodeEvents) !== undefined,
  );
  const sick = [...node.conditions, ...eventConditions(node, observations)].filter(({ type, status }) =>
    rules.get(type)?.some((rule) => sickStatus(rule) === status),
  );
  return Object.fromEntries([
    ...unseen,
    ...sick.map((condition) => [condition.type, rememberCondition(node, condition, known)] as const),
  ]);
}

/** An instance that is gone has no address by which anybody would know whose member it was. Nobody is forgotten by an etcd that does not know its own mind. */
function rememberMembers({ etcd, memory }: Observations): Memory['members'] {
  const seen = seenOr(etcd, undefined);
  if (seen === undefined) return memory.members;
  const found = Object.fromEntries(
    seen.members.flatMap(({ memberId, instanceId }) => {
      const known = instanceId || memory.members[memberId];
      return known === undefined ? [] : [[memberId, known]];
    }),
  );
  const isSure = seen.quorum === 'kept' && seen.members.length > 0;
  return isSure ? found : { ...memory.members, ...found };
}

function rememberNodeless({ observations }: Diagnosis): Memory['nodeless'] {
  const { nodes, groups, memory, at } = observations;
  if (problemOf(nodes) !== undefined || problemOf(groups) !== undefined) return memory.nodeless;
  const nodeless = rosterOf(observations).filter(isNodeless);
  return Object.fromEntries(nodeless.map(({ instanceId }) => [instanceId, memory.nodeless[instanceId] ?? at]));
}

/** Of every instance that a Node or a member of etcd names. While Nodes are not seen, nobody asks EC2 about theirs. */
function rememberGone({ observations }: Diagnosis): Memory['gone'] {
  const { nodes, instances, etcd, memory, at } = observations;
  if (problemOf(instances) !== undefined) return memory.gone;
  const known = new Map(seenOr(instances, []).map((one) => [one.instanceId, one]));
  const named = [
    ...seenOr(nodes, []).map(({ instanceId }) => instanceId),
    ...(seenOr(etcd, undefined)?.members ?? []).map(
      ({ memberId, instanceId }) => instanceId || (memory.members[memberId] ?? ''),
    ),
  ].filter((id) => id !== '' && isGone(known.get(id)));
  const counted = [...new Set(named)].toSorted().map((id): [string, GoneMemory] => {
    const { passes = 0, firstAt = at, terminated = false } = memory.gone[id] ?? {};
    const isTerminated = terminated || known.get(id)?.state === 'terminated';
    return [id, { passes: passes + 1, firstAt, ...(isTerminated && { terminated: true }) }];
  });
  return { ...(problemOf(nodes) === undefined ? {} : memory.gone), ...Object.fromEntries(counted) };
}

function rememberBreakers({ observations }: Diagnosis, { breakers }: Verdict): Memory['breakers'] {
  const open = breakers.flatMap(({ name, openSince, stormAt }): [string, BreakerMemory][] =>
    openSince === null ? [] : [[name, { openSince, stormAt }]],
  );
  const unseen = Object.entries(observations.memory.breakers).filter(([name]) =>
    name.startsWith('image ')
      ? problemOf(observations.failedJoins) !== undefined
      : problemOf(observations.groups) !== undefined,
  );
  return Object.fromEntries([...unseen, ...open]);
}
