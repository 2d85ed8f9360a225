import { s3NodeHistory } from '../../src/aws/s3-node-history.ts';
import { type PastUpdate, pastUpdates } from '../../src/aws/s3-past-updates.ts';
import type { Change } from '../../src/images/ports.ts';
import { setting } from '../../src/runtime/settings.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { age, print, type Row } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { launchesInWords } from './launches-in-words.ts';

/** What of the history is shown. */
export interface HistoryOptions {
  readonly group?: string;
  readonly node?: string;
  readonly limit: number;
}

/**
 * Prints updates that are over and changes of what runs where, newest first.
 * @throws what AWS throws
 */
export async function showHistory(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  { group, node, limit }: HistoryOptions,
): Promise<void> {
  const home = homeAws(environment);
  const bucket = setting(environment, 'STATE_BUCKET');
  const [updates, changes] = await Promise.all([
    node === undefined ? pastUpdates(home, bucket, cluster, { groupName: group, limit }) : [],
    changesOf(s3NodeHistory(home, bucket), cluster, { limit, ...(group && { group }), ...(node && { node }) }),
  ]);
  const rows = [...updates.map(updateRow), ...changes.flatMap(changeRows)]
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, limit);
  print(context, { updates, changes }, { kind: 'rows', rows, empty: 'nothing is known yet' });
}

/**
 * Prints what each node runs now, and since when.
 * @throws what AWS throws
 */
export async function showRunning(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  { group, node }: Omit<HistoryOptions, 'limit'>,
): Promise<void> {
  const history = s3NodeHistory(homeAws(environment), setting(environment, 'STATE_BUCKET'));
  const { running } = await history.running(cluster);
  const now = context.now().getTime();
  const nodes = Object.values(running?.nodes ?? {})
    .filter((one) => (group === undefined || one.groupName === group) && (node === undefined || one.nodeName === node))
    .toSorted((a, b) => (`${a.groupName} ${a.nodeName}` < `${b.groupName} ${b.nodeName}` ? -1 : 1));
  const rows = nodes.map((one) => ({
    node: one.nodeName,
    group: one.groupName,
    image: one.imageId,
    version: one.version,
    os: one.os,
    kernel: one.kernel,
    kubelet: one.kubelet,
    for: age(now - Date.parse(one.since)),
  }));
  print(context, { cluster, at: running?.at ?? null, nodes }, { kind: 'rows', rows, empty: 'nothing is known yet' });
}

/** From the last change back, parent by parent. */
async function changesOf(
  history: ReturnType<typeof s3NodeHistory>,
  cluster: string,
  { group, node, limit }: HistoryOptions,
): Promise<readonly Change[]> {
  const found: Change[] = [];
  let id = (await history.running(cluster)).running?.head ?? '';
  while (id !== '' && found.length < limit) {
    const change = await history.change(cluster, id);
    if (!change) break;
    const nodes = change.nodes.filter(({ before, after }) => {
      const one = after ?? before;
      return (group === undefined || one?.groupName === group) && (node === undefined || one?.nodeName === node);
    });
    if (nodes.length > 0) found.push({ ...change, nodes });
    id = change.parent;
  }
  return found;
}

type TimedRow = Row & { readonly at: string };

function updateRow({ groupName, status, endedAt, previous, target, moved, by, reason, why }: PastUpdate): TimedRow {
  return {
    at: endedAt,
    change: '',
    what: `update of ${groupName}: ${status}`,
    was: launchesInWords(previous),
    is: launchesInWords(target),
    why: `${moved.length} nodes; ${by}: ${status === 'done' ? reason : why}`,
  };
}

function changeRows({ id, at, nodes }: Change): readonly TimedRow[] {
  return nodes.map(({ before, after }) => {
    const { nodeName = '', groupName = '' } = after ?? before ?? {};
    return { at, change: id, what: nodeName, was: inWords(before), is: inWords(after), why: groupName };
  });
}

function inWords(running: Change['nodes'][number]['after']): string {
  return running ? `${running.imageId}, ${running.os}, ${running.kernel}` : '-';
}
