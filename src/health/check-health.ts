import { sendPages } from '../schema/send-pages.ts';
import { attendHooks } from './attend-hooks.ts';
import { workflowFor } from './begun.ts';
import { type BreakerChange, openOrClosed } from './breaker-changes.ts';
import { composePage } from './compose-page.ts';
import { decide } from './decide.ts';
import type { Decision, Verdict } from './decision.ts';
import { diagnose } from './diagnose.ts';
import { findLeftovers, SWEPT_WITHIN_MS } from './find-leftovers.ts';
import type { Diagnosis } from './finding.ts';
import { type Counts, type HealthDocument, saysTheSame, type UnsentPage } from './health-document.ts';
import { rememberUnattended, unattendedMembers } from './hooks-unattended.ts';
import { leasedAndGone } from './leases-of-gone.ts';
import { lookAtMatters } from './look-at-matters.ts';
import { emptyMemory, type Memory } from './memory.ts';
import type { Observations, ObservedGroup, ObservedInstance, ObservedNode, Seen } from './observations.ts';
import { observeCluster, type WatchedCluster } from './observe-cluster.ts';
import type { HealthPolicy } from './policy.ts';
import type {
  ClaimsLeft,
  HealthDocuments,
  HealthEvents,
  HealthSources,
  HealthWorkflows,
  KnownClaim,
  KnownLease,
  Leases,
  Pager,
} from './ports.ts';
import { readLedger } from './read-ledger.ts';
import { recordEvents } from './record-events.ts';
import { remember } from './remember.ts';
import { saysReady } from './roster.ts';
import { inWords, seen, seenOr } from './seen.ts';

/** Everything that a pass works with. */
export interface PassServices {
  readonly watched: WatchedCluster;
  readonly policy: HealthPolicy;
  readonly sources: HealthSources;
  readonly documents: HealthDocuments;
  readonly leases: Leases;
  readonly claims: ClaimsLeft;
  readonly workflows: HealthWorkflows;
  readonly pager: Pager;
  readonly events: HealthEvents;
}

/** What a pass did. */
export interface PassOutcome {
  /** `overtaken`: another pass ran at the same time and was faster; nothing was done. */
  readonly outcome: 'done' | 'overtaken';
  readonly nodes: Counts | null;
  readonly findings: number;
  /** Names of executions. */
  readonly started: readonly string[];
  readonly swept: readonly string[];
  readonly paged: number;
  /** Those that are open, and those that have closed since the pass before. */
  readonly breakers: readonly BreakerChange[];
  readonly apiServerReady: boolean;
  readonly andonPulled: boolean;
  /** Lifecycle hooks that wait and that nobody keeps alive; null: nobody knows. */
  readonly hooksUnattended: number | null;
  readonly changed: boolean;
  /** What could not be started or said; the next pass tries again. */
  readonly problems: readonly string[];
}

/**
 * One health pass: looks, judges, writes down what it is about to do, and does it. Written first, so that of two passes that overlap only one acts; and names of
 * executions come from what they are for, so that a pass that dies half-way is gone on with by the next and nothing is started twice.
 *
 * @throws what reading or writing the document throws; what is seen of the cluster never fails a pass
 */
export async function checkHealth(services: PassServices, now: () => Date): Promise<PassOutcome> {
  const { documents } = services;
  const { document: before, etag } = await documents.read(services.watched.name);
  const leases = services.leases.of(services.watched.name);
  const claims = services.claims.of(services.watched.name);
  // Whoever needs them hears of it; until then it is nobody's.
  claims.catch(() => undefined);
  const { document, observations, unattended, neglected } = await judge(services, before, { leases, claims }, now);
  const written = await documents.write(document, etag);
  const changed = before === undefined || !saysTheSame(before, document);
  const outcome = {
    nodes: document.nodes,
    findings: document.findings.length,
    breakers: openOrClosed(document, before),
    apiServerReady: document.apiServer.ready,
    andonPulled: document.andon !== null,
    hooksUnattended: unattended?.length ?? null,
    changed,
  };
  if (written === 'conflict')
    return { ...outcome, outcome: 'overtaken', started: [], swept: [], paged: 0, problems: [] };
  const [{ started, problems }, said] = await act(services, document, written.etag);
  const [attended, sweeps, pruning] = await Promise.all([
    attendHooks(services, neglected),
    sweepAll(services, { leases, claims, ...observations }, now()),
    pruneLeases(services, leases, observations),
    changed && documents.keep(document),
    changed && recordEvents(before, document, services.events),
  ]);
  return {
    ...outcome,
    outcome: 'done',
    started: [...started, ...attended.started],
    swept: sweeps.started,
    paged: document.unsent.length - said.unsent.length,
    problems: [...Object.values(problems), ...said.problems, ...attended.problems, ...sweeps.problems, ...pruning],
  };
}

/** Looks and decides; nothing is done yet. */
async function judge(
  services: PassServices,
  before: HealthDocument | undefined,
  { leases, claims }: Pick<Known, 'leases' | 'claims'>,
  now: () => Date,
) {
  const { watched, policy } = services;
  const memory = before?.memory ?? emptyMemory;
  const [observations, read, claimed] = await Promise.all([
    observeCluster(watched, services.sources, memory, now()),
    readLedger(watched.name, memory, leases, services.workflows, now()),
    seen(() => claims),
  ]);
  const ledger = { ...read, claims: claimed };
  const diagnosis = diagnose(observations, policy, now(), ledger);
  const verdict = decide(diagnosis, ledger, policy, now());
  const unattended = 'problem' in claimed ? null : unattendedMembers(observations.groups, claimed.value, now());
  const since = rememberUnattended(memory.unattended, observations.groups, unattended, observations.at);
  const seeing = { observations, breakers: verdict.breakers, unattended, since };
  const matters = await lookAtMatters(services, seeing, now());
  const document: HealthDocument = {
    cluster: watched.name,
    at: observations.at,
    nodes: countsOf(diagnosis.observations.nodes),
    instances: seenOr(observations.instances, null)?.length ?? null,
    apiServer: observations.apiServer,
    etcd: seenOr(observations.etcd, null),
    andon: seenOr(observations.andon, null),
    findings: diagnosis.findings,
    ...verdict,
    problems: {},
    unsent: [...(before?.unsent ?? []), ...pagesOf(diagnosis, verdict, watched.name), ...matters.pages],
    memory: { ...remember(diagnosis, verdict, policy, now()), unattended: since, ...matters.memory },
  };
  return { document, observations, unattended, neglected: matters.neglected };
}

function pagesOf({ findings }: Diagnosis, { decisions }: Verdict, cluster: string): readonly UnsentPage[] {
  return decisions.flatMap((decision, index) => {
    const finding = findings[index];
    return decision.action === 'page' && finding ? [composePage(decision, finding, cluster)] : [];
  });
}

/** Starts and says what was decided and written down, and writes down what could not be. */
async function act(services: PassServices, document: HealthDocument, etag: string) {
  const ordered = await startAll(document.decisions, services);
  const said = await sayAll(document.unsent, services.pager);
  const failed = Object.keys(ordered.problems);
  if (document.unsent.length > 0 || failed.length > 0) {
    const memory = withoutStarts(document.memory, failed);
    await services.documents.write({ ...document, problems: ordered.problems, unsent: said.unsent, memory }, etag);
  }
  return [ordered, said] as const;
}

/** What was not started is not remembered as started, so that the next pass does not wait for it to be seen. */
function withoutStarts(memory: Memory, findings: readonly string[]): Memory {
  const failed = new Set(findings.map((id) => memory.subjects[id]?.execution));
  const subjects = Object.entries(memory.subjects).map(([id, subject]) =>
    findings.includes(id) ? [id, { ...subject, execution: null, startedAt: null }] : [id, subject],
  );
  const begun = memory.begun.filter(({ execution }) => !failed.has(execution));
  return { ...memory, begun, subjects: Object.fromEntries(subjects) };
}

function countsOf(nodes: Seen<readonly ObservedNode[]>): Counts | null {
  const all = seenOr(nodes, null);
  return (
    all && {
      all: all.length,
      ready: all.filter(saysReady).length,
      unschedulable: all.filter(({ unschedulable }) => unschedulable).length,
    }
  );
}

async function startAll(decisions: readonly Decision[], { workflows, watched }: PassServices) {
  const started: string[] = [];
  const problems: Record<string, string> = {};
  for (const decision of decisions) {
    const order = orderOf(decision, watched.name);
    if (!order) continue;
    try {
      await workflows.start(order.workflow, order.name, order.input);
      started.push(order.name);
    } catch (error) {
      problems[decision.finding] = `${order.name} was not started: ${inWords(error)}`;
    }
  }
  return { started, problems };
}

function orderOf(decision: Decision, cluster: string) {
  switch (decision.action) {
    case 'repair': {
      const { execution, instanceId, nodeName, signal, since, ladder, launchFirst, words } = decision;
      const input = { cluster, instanceId, nodeName, signal, since, ladder, launchFirst, reason: words };
      return { workflow: workflowFor(decision.action), name: execution, input };
    }
    case 'delete-node': {
      const { execution, instanceId, nodeName, words } = decision;
      const input = { cluster, instanceId, nodeName, signal: 'instance-terminated', reason: words };
      return { workflow: workflowFor(decision.action), name: execution, input };
    }
    case 'replace-member': {
      const { execution, memberId, instanceId } = decision;
      return {
        workflow: workflowFor(decision.action),
        name: execution,
        input: { cluster, memberId, instanceId, patient: true },
      };
    }
    default:
      return undefined;
  }
}

function sayAll(pages: readonly UnsentPage[], pager: Pager) {
  return sendPages(
    pages,
    ({ key: _, ...page }) => pager.page(page),
    ({ key }, error) => `nobody was told of ${key}: ${inWords(error)}`,
  );
}

/** Who works on what, being asked for. */
interface Known {
  readonly leases: Promise<readonly KnownLease[]>;
  readonly claims: Promise<readonly KnownClaim[]>;
  readonly nodes: Seen<readonly ObservedNode[]>;
  readonly instances: Seen<readonly ObservedInstance[]>;
  readonly groups: Seen<readonly ObservedGroup[]>;
}

/** Trouble with it is none of the pass's: the next one looks again. */
async function sweepAll({ workflows, watched }: PassServices, { leases, claims, ...seenOf }: Known, now: Date) {
  const started: string[] = [];
  const problems: string[] = [];
  try {
    const [held, claimed] = await Promise.all([leases, claims]);
    // One that cannot be read has no time, and nobody knows whose it is.
    const left = claimed.filter(({ claimedAt }) => Date.parse(claimedAt) < now.getTime() - SWEPT_WITHIN_MS);
    const traces = { cluster: watched.name, leases: held, claims: left, ...seenOf };
    for (const sweep of await findLeftovers(traces, workflows, now)) {
      await workflows.start(sweep.workflow, sweep.name, sweep.input);
      started.push(sweep.name);
    }
  } catch (error) {
    problems.push(`what dead executions left was not looked for: ${inWords(error)}`);
  }
  return { started, problems };
}

/** Trouble with it is none of the pass's: the next one looks again. */
async function pruneLeases({ leases, watched }: PassServices, held: Known['leases'], observations: Observations) {
  try {
    const gone = leasedAndGone(await held, observations);
    if (gone.length > 0) await leases.prune(watched.name, gone);
    return [];
  } catch (error) {
    return [`places in the disruption budget of instances that are gone were not given back: ${inWords(error)}`];
  }
}
