import { sendPages } from '../schema/send-pages.ts';
import { changeOf, type Running } from './history.ts';
import { isPaused, type Order, orderUpdates } from './order-updates.ts';
import type {
  Holds,
  KnownUpdate,
  KnownUpdates,
  LaunchedInstance,
  LaunchedInstances,
  NodeHistory,
  SystemNode,
  SystemNodes,
  Teller,
  UpdatableGroup,
  UpdateWindow,
  UpdateWorkflows,
  WatchDocuments,
  WatchPolicy,
} from './ports.ts';
import { type ReportPorts, reportGroup, type Subject, unseenGroup } from './report-group.ts';
import { type GroupReport, needsUpdate, type Unsent, type WatchDocument } from './watch-document.ts';

/** Everything that a pass works with. */
export interface WatchServices extends ReportPorts {
  readonly cluster: string;
  policyOf(groupName: string): WatchPolicy;
  windowOf(groupName: string, now: Date): Promise<UpdateWindow>;
  readonly instances: LaunchedInstances;
  readonly nodes: SystemNodes;
  readonly updates: KnownUpdates;
  readonly holds: Holds;
  readonly workflows: UpdateWorkflows;
  readonly documents: WatchDocuments;
  readonly history: NodeHistory;
  readonly teller: Teller;
}

/** What a pass did. */
export interface WatchOutcome {
  /** `overtaken`: another pass ran at the same time and was faster; nothing was started or told. */
  readonly outcome: 'done' | 'overtaken';
  readonly groups: readonly { readonly groupName: string; readonly verdict: string; readonly why: string }[];
  /** Groups that an update would do something for. */
  readonly available: number;
  readonly outdated: number;
  /** Names of executions. */
  readonly started: readonly string[];
  readonly told: number;
  /** The change of what runs where that was written down; empty: there was none. */
  readonly change: string;
  readonly problems: readonly string[];
}

const DEAD_MEANS = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']);

/**
 * One look at all groups of a cluster: which images are new, what runs where, and which updates begin, go on or are to be cleaned up after. What is found is written
 * down before anything is started or told, so that of two passes that overlap only one acts; what could not be told is told by the next.
 *
 * @throws what reading or writing the document throws, and what listing groups does; trouble with one group is that group's
 */
export async function watchUpdates(services: WatchServices, now: () => Date): Promise<WatchOutcome> {
  const { cluster, documents } = services;
  const { document: before, etag } = await documents.read(cluster);
  const groups = await services.groups.ofCluster(cluster);
  const [instances, nodes] = await Promise.all([
    services.instances.describe(groups.flatMap(({ instanceIds }) => instanceIds)),
    services.nodes.list().catch(inWords),
  ]);
  const seen = { groups, instances, nodes };
  const reports = await reportAll(services, before, seen, now());
  const { orders, problems } = await decide(services, reports, now());
  const unsent = [...(before?.unsent ?? []), ...reports.flatMap((report) => newsOf(report, cluster))];
  const document: WatchDocument = {
    cluster,
    at: now().toISOString(),
    groups: reports.map((report) => ({ ...report, ...memoryOf(report, orders, now()) })),
    started: orders.map(({ name, why }) => ({ name, why })),
    unsent,
    problems: [...problems, ...(typeof nodes === 'string' ? [`nodes were not seen: ${nodes}`] : [])],
  };
  const written = await documents.write(document, etag);
  if (written === 'conflict') return { ...outcomeOf(document), outcome: 'overtaken', started: [], told: 0, change: '' };
  const [done, change] = await Promise.all([
    act(services, document, orders, written.etag),
    keepHistory(services, seen, now()).catch((error: unknown) => ({ problem: inWords(error) })),
  ]);
  return {
    ...outcomeOf(document),
    ...done,
    change: typeof change === 'string' ? change : '',
    problems: [
      ...document.problems,
      ...done.problems,
      ...(typeof change === 'string' ? [] : [`what runs where was not written down: ${change.problem}`]),
    ],
  };
}

interface SeenCluster {
  readonly groups: readonly UpdatableGroup[];
  readonly instances: readonly LaunchedInstance[];
  /** Or why they could not be listed. */
  readonly nodes: readonly SystemNode[] | string;
}

function reportAll(
  services: WatchServices,
  before: WatchDocument | undefined,
  { groups, instances, nodes }: SeenCluster,
  now: Date,
): Promise<readonly GroupReport[]> {
  return Promise.all(
    groups.map(async (group) => {
      const isOwn = ({ instanceId }: { readonly instanceId: string }) => group.instanceIds.includes(instanceId);
      const subject: Subject = {
        group,
        policy: services.policyOf(group.name),
        window: await services.windowOf(group.name, now),
        instances: instances.filter(isOwn),
        nodes: typeof nodes === 'string' ? null : nodes.filter(isOwn),
        before: before?.groups.find(({ groupName }) => groupName === group.name),
      };
      return reportGroup(subject, services, now).catch((error: unknown) => unseenGroup(subject, inWords(error)));
    }),
  );
}

/** Unknown is unsafe: where nobody can say what is under way or what holds it, nothing is started. */
async function decide(services: WatchServices, reports: readonly GroupReport[], now: Date) {
  const { cluster, workflows } = services;
  try {
    const [updates, held] = await Promise.all([services.updates.ofCluster(cluster), whyHeld(services, now)]);
    const alive = await aliveOf(updates, workflows);
    return { orders: orderUpdates({ cluster, reports, updates, alive, held, now }), problems: [] };
  } catch (error) {
    return { orders: [], problems: [`no update was started: ${inWords(error)}`] };
  }
}

async function whyHeld({ holds }: WatchServices, now: Date): Promise<string> {
  const [andon, until] = await Promise.all([holds.andon(), holds.pausedUntil()]);
  if (andon !== null) return `the andon is on: ${andon}`;
  return isPaused({ paused: until ?? null }, now) ? `the cluster is paused until ${until}` : '';
}

async function aliveOf(updates: readonly KnownUpdate[], workflows: UpdateWorkflows): Promise<ReadonlySet<string>> {
  const asked = await Promise.all(
    updates
      .filter(
        ({ status, settled, execution }) =>
          execution !== '' && (status === 'running' || status === 'waiting' || !settled),
      )
      .map(async ({ execution }) => {
        const status = (await workflows.describe(execution))?.status;
        // One that nobody knows is forgotten, and was over long before.
        return status === undefined || DEAD_MEANS.has(status) ? [] : [execution];
      }),
  );
  return new Set(asked.flat());
}

/** What a person is told of once: which image, or that it is not pinned. Where nobody has said what is to be looked for, it is only shown. */
function subjectOf(report: GroupReport): string {
  const isAskedFor = report.source !== '' || report.verdict === 'old';
  if (report.policy !== 'notify' || !needsUpdate(report) || !isAskedFor) return '';
  return report.verdict === 'available'
    ? `image ${report.newest?.imageId || report.version}`
    : `${report.verdict} ${report.version}`;
}

/** What the next pass remembers of this one. */
function memoryOf(
  report: GroupReport,
  orders: readonly Order[],
  now: Date,
): Pick<GroupReport, 'told' | 'begun' | 'resumed'> {
  const { groupName, version } = report;
  const isOrdered = (kind: Order['kind']) =>
    orders.some((order) => order.kind === kind && order.groupName === groupName);
  return {
    told: subjectOf(report) || report.told,
    resumed: isOrdered('resume') ? now.toISOString() : report.resumed,
    begun: isOrdered('start') ? { version, at: now.toISOString() } : report.begun,
  };
}

function newsOf(report: GroupReport, cluster: string): readonly Unsent[] {
  const subject = subjectOf(report);
  if (subject === '' || subject === report.told) return [];
  const { groupName, why, version, diff, window, outdated } = report;
  const from =
    version === ''
      ? ''
      : `${report.newest?.imageId === '' ? 'Release' : 'Launch template version'} ${version}${diff.length > 0 ? `: ${diff.join('; ')}` : ''}. `;
  return [
    {
      groupName,
      kind: 'update-available',
      severity: 'info',
      cluster,
      subject: `an update for ${groupName}`,
      what: `${groupName} of cluster ${cluster}: ${why}. ${from}${outdated} of ${report.nodes} nodes would be updated`,
      node: `group ${groupName}`,
      did: `waits for a person: its policy is notify. ${window.why}`,
      todo: 'start it when it suits you',
      command: `npx tender update start ${cluster} --group ${groupName}`,
      runbook: 'docs/updates.md',
    },
  ];
}

async function act(services: WatchServices, document: WatchDocument, orders: readonly Order[], etag: string) {
  const [ordered, said] = await Promise.all([startAll(services, orders), tellAll(services, document.unsent)]);
  const problems = [...ordered.problems, ...said.problems];
  if (document.unsent.length > 0 || problems.length > 0) {
    const started = document.started.filter(({ name }) => ordered.started.includes(name));
    const mended = { ...document, started, unsent: said.unsent, problems: [...document.problems, ...problems] };
    await services.documents.write(mended, etag);
  }
  return { started: ordered.started, told: document.unsent.length - said.unsent.length, problems };
}

async function startAll({ workflows }: WatchServices, orders: readonly Order[]) {
  const started: string[] = [];
  const problems: string[] = [];
  for (const { name, input } of orders) {
    try {
      await workflows.start('os-update', name, input);
      started.push(name);
    } catch (error) {
      problems.push(`${name} was not started: ${inWords(error)}`);
    }
  }
  return { started, problems };
}

function tellAll({ teller }: WatchServices, news: readonly Unsent[]) {
  return sendPages(
    news,
    ({ groupName: _, ...page }) => teller.page(page),
    ({ groupName }, error) => `nobody was told of ${groupName}: ${inWords(error)}`,
  );
}

/** Writes down what runs where, when it has changed. While nobody answers for the nodes, nothing has. */
async function keepHistory({ history, cluster }: WatchServices, { groups, instances, nodes }: SeenCluster, now: Date) {
  if (typeof nodes === 'string') return '';
  const { running: before, etag } = await history.running(cluster);
  const seen = nodes.flatMap((node) => {
    const instance = instances.find(({ instanceId }) => instanceId === node.instanceId);
    const group = groups.find(({ instanceIds }) => instanceIds.includes(node.instanceId));
    return instance && group ? [{ ...runningOf(node, instance, group), launchedAt: instance.launchedAt }] : [];
  });
  const found = changeOf(before, cluster, seen, now);
  if (!found) return '';
  // The change first: one that nothing refers to is harmless, a reference to one that is missing is not.
  await history.keep(found.change);
  return (await history.write(found.running, etag)) === 'written' ? found.change.id : '';
}

function runningOf(node: SystemNode, { imageId, version }: LaunchedInstance, { name }: UpdatableGroup): Running {
  const { name: nodeName, instanceId, os, kernel, kubelet } = node;
  return { nodeName, instanceId, groupName: name, imageId, version, os, kernel, kubelet };
}

function outcomeOf({
  groups,
  problems,
}: WatchDocument): Omit<WatchOutcome, 'outcome' | 'started' | 'told' | 'change'> & { outcome: 'done' } {
  const needing = groups.filter(needsUpdate);
  return {
    outcome: 'done',
    groups: groups.map(({ groupName, verdict, why }) => ({ groupName, verdict, why })),
    available: needing.length,
    outdated: needing.reduce((sum, { outdated }) => sum + outdated, 0),
    problems,
  };
}

function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
