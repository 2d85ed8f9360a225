import { setTimeout as sleep } from 'node:timers/promises';
import { takeBack, type Undoing, undoingsOf } from '../../src/adoption/carry-out.ts';
import { AdoptionNotFound, ClusterBusy } from '../../src/adoption/errors.ts';
import type { AdoptionRecord } from '../../src/adoption/ports.ts';
import { assertSameCluster } from '../../src/adoption/same-cluster.ts';
import { wordsOf } from '../../src/adoption/words.ts';
import { clusterUid } from '../../src/kubernetes/adopted-objects.ts';
import type { KubernetesConnection } from '../../src/kubernetes/open-cluster.ts';
import { adoptableThings, adoptionRecordsOf } from '../../src/wiring/adoption-of.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import { unfinishedOf, type Workplace } from '../../src/wiring/unfinished-of.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT } from '../errors.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { type Administrator, administratorOf } from './administrator.ts';

/** What somebody says on the command line. */
export interface RemoveOptions extends Administrator {
  readonly plan: boolean;
  readonly wait: boolean;
  readonly force: boolean;
  readonly keep: boolean;
  readonly clusterGone: boolean;
}

const LOOK_EVERY_MS = 5_000;
const DOES = { restore: 'take back', gone: 'nothing: it is gone, or as before', changed: 'changed since' } as const;

/**
 * Takes back what adopting a cluster has changed: hooks and tags, then, when no work is left, the rest. What somebody has changed since stops it before it
 * begins, unless `force` or `keep` says what becomes of it; the exit status is 1 where something was kept.
 * @throws AdoptionNotFound, AdoptionChanged, ClusterBusy, KubeconfigOfOtherCluster, UnusableKubeconfig, and what AWS and the API server throw
 */
export async function removeCluster(
  context: CommandContext,
  deployment: Deployment,
  name: string,
  options: RemoveOptions,
): Promise<number> {
  const { environment, machinePrefix } = deployment;
  const records = adoptionRecordsOf(environment);
  const known = await records.read(name);
  if (!known) throw new AdoptionNotFound(name);
  const connection = options.clusterGone ? undefined : await connectionTo(context, deployment, known, options);
  const record = connection ? known : withoutObjects(known);
  const things = adoptableThings(homeAws(environment), () => there(connection, name));
  if (options.plan) {
    show(context, await undoingsOf(record, things));
    return EXIT.done;
  }
  const groups = [...new Set(record.changes.flatMap(({ thing }) => ('group' in thing ? [thing.group] : [])))];
  const place = { environment, machinePrefix, groups, connection };
  const atRest = () => comeToRest(context, place, name, options.wait);
  await atRest();
  const done: Undoing[] = [];
  const made = (undoing: Undoing) => {
    done.push(undoing);
    context.err.write(`${undoing.change.before === null ? 'remove' : 'restore'} ${wordsOf(undoing.change.thing)}\n`);
  };
  const changed = options.force ? 'take' : options.keep ? 'keep' : 'refuse';
  const kept = await takeBack(record, { things, records, changed, atRest, made });
  show(context, [...done, ...kept]);
  return kept.length > 0 ? EXIT.failed : EXIT.done;
}

async function connectionTo(
  { now }: CommandContext,
  { environment }: Deployment,
  record: AdoptionRecord,
  options: RemoveOptions,
): Promise<KubernetesConnection> {
  const { cluster } = record;
  const { endpoint, connection } = await administratorOf(options, cluster, {
    home: homeAws(environment),
    environment,
    now,
  });
  const entry = record.changes.find(({ thing }) => thing.kind === 'parameter')?.after;
  const identity = { ...endpoint, uid: await clusterUid(connection) };
  assertSameCluster(cluster, identity, { record, entry: typeof entry === 'string' ? entry : null });
  return connection;
}

function there(connection: KubernetesConnection | undefined, name: string): KubernetesConnection {
  if (connection) return connection;
  throw new Error(`cluster ${name} is gone, and nothing in it is asked for`);
}

/** What was in the cluster has gone with it. */
function withoutObjects(record: AdoptionRecord): AdoptionRecord {
  return { ...record, changes: record.changes.filter(({ thing }) => thing.kind !== 'object') };
}

async function comeToRest({ err }: CommandContext, place: Workplace, name: string, wait: boolean): Promise<void> {
  for (;;) {
    const work = await unfinishedOf(name, place);
    if (work.length === 0) return;
    if (!wait) throw new ClusterBusy(name, work);
    err.write(`waiting: ${work[0]}${work.length > 1 ? `, and ${work.length - 1} more` : ''}\n`);
    await sleep(LOOK_EVERY_MS);
  }
}

function show(context: CommandContext, undoings: readonly Undoing[]): void {
  const value = undoings.map(({ action, fields, change: { thing, before } }) => ({ action, fields, thing, before }));
  const rows = undoings.map(({ action, fields, change }) => ({
    does:
      action === 'restore' && change.before === null
        ? 'remove'
        : `${DOES[action]}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}`,
    what: wordsOf(change.thing),
  }));
  print(context, value, { kind: 'rows', rows, empty: 'Everything is as it was before.' });
}
