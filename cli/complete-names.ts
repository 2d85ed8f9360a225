import { claimedGroups, inspectedGroups } from '../src/aws/inspected-groups.ts';
import { plainNodes } from '../src/kubernetes/inspected-workloads.ts';
import { mergeLists } from '../src/runs/merge-lists.ts';
import type { RunStatus } from '../src/runs/ports.ts';
import { kubernetesOf } from '../src/wiring/kubernetes-of.ts';
import { homeAws, openRegistry, registeredCluster } from '../src/wiring/registered-cluster.ts';
import { type Deployment, findDeployment } from './deployment.ts';
import { runsOf } from './on-deployment.ts';
import type { Surroundings } from './surroundings.ts';

/** What words name that only AWS knows. */
export type NameKind = 'cluster' | 'group' | 'node' | 'instance' | 'execution' | 'running execution';

/** A name that fits, and what it is. */
export interface Name {
  readonly value: string;
  readonly says: string;
}

/** Whoever has pressed Tab waits no longer than this. */
const PATIENCE_MS = 4_000;
/** More than anybody reads. */
const EXECUTIONS = 40;

/** Names of a kind that words so far allow. None where AWS or the cluster cannot be asked, or takes too long: a completion never fails. */
export async function namesOf(
  kind: NameKind,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<readonly Name[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Name[]>((resolve) => {
    timer = setTimeout(() => resolve([]), PATIENCE_MS);
  });
  try {
    return await Promise.race([found(kind, words, surroundings), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

async function found(kind: NameKind, words: readonly string[], surroundings: Surroundings): Promise<readonly Name[]> {
  const { environment, now } = surroundings;
  const after = (option: string) => words[words.indexOf(option) + 1];
  const stage = (words.includes('--stage') && after('--stage')) || (environment.TENDER_STAGE ?? 'dev');
  const region = words.includes('--region') ? after('--region') : undefined;
  const deployment = await findDeployment({ ...surroundings, options: { output: 'table', stage, region } });
  if (kind === 'execution') return executions(deployment, undefined);
  if (kind === 'running execution') return executions(deployment, 'RUNNING');
  const clusters = await clustersOf(deployment);
  if (kind === 'cluster') return clusters.map((value) => ({ value, says: 'cluster' }));
  // Where one of them is named already, it is about that.
  const named = clusters.filter((cluster) => words.includes(cluster));
  const about = named.length > 0 ? named : clusters;
  if (kind === 'group') return groupsOf(deployment, about);
  const each = await Promise.all(
    about.map((cluster) =>
      kind === 'node' ? nodesOf(deployment, cluster, now).catch(() => []) : instancesOf(deployment, cluster),
    ),
  );
  return each.flat();
}

async function clustersOf({ environment }: Deployment): Promise<readonly string[]> {
  const { clusters, misconfigured } = await openRegistry(homeAws(environment), environment).all();
  return [...clusters.map(({ name }) => name), ...misconfigured.map(({ cluster }) => cluster)].sort();
}

async function groupsOf({ environment }: Deployment, about: readonly string[]): Promise<readonly Name[]> {
  return [...(await claimedGroups(homeAws(environment)))].flatMap(([value, cluster]) =>
    about.includes(cluster) ? [{ value, says: `group of ${cluster}` }] : [],
  );
}

async function nodesOf({ environment }: Deployment, cluster: string, now: () => Date): Promise<readonly Name[]> {
  const nodes = await plainNodes(kubernetesOf(await registeredCluster(cluster, environment), now));
  return nodes.map(({ name, instanceId }) => ({ value: name, says: `${instanceId || 'node'} of ${cluster}` }));
}

async function instancesOf({ environment }: Deployment, cluster: string): Promise<readonly Name[]> {
  const { aws } = await registeredCluster(cluster, environment);
  const groups = await inspectedGroups(aws, { cluster });
  return groups.flatMap(({ name, instanceIds }) => instanceIds.map((value) => ({ value, says: `in ${name}` })));
}

async function executions(deployment: Deployment, status: RunStatus | undefined): Promise<readonly Name[]> {
  const runs = runsOf(deployment);
  const workflows = await runs.workflows();
  const lists = workflows.map((each) => runs.list(each, { atOnce: EXECUTIONS, ...(status && { status }) }));
  const names: Name[] = [];
  for await (const { name, workflow, status: state } of mergeLists(lists)) {
    names.push({ value: name, says: `${workflow}, ${state.toLowerCase()}` });
    if (names.length === EXECUTIONS) break;
  }
  return names;
}
