import type { PersonPage } from '../schema/person-page.ts';
import type { Change, KnownMatter, News } from '../schema/standing-matters.ts';
import type { UnsentPage } from './health-document.ts';
import { stampOf } from './time.ts';

interface Wording {
  /** What stands, before the colon. */
  readonly what: string;
  readonly subject: string;
  readonly did: string;
  readonly todo: string;
  readonly command: (cluster: string, matters: readonly KnownMatter[]) => string;
  readonly runbook: string;
  readonly over: Pick<Wording, 'what' | 'subject' | 'did' | 'todo'>;
}

/** By kind. Read at night: one idea a sentence. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  'breakers-open': {
    what: 'so many nodes are unhealthy together that Tender repairs none of them',
    subject: 'repairs have stopped',
    did: 'begins no repair there until the breaker closes, which it does by itself',
    todo: 'look for what they have in common: an image, a zone, the API server, the network',
    command: (cluster) => `health ${cluster}`,
    runbook: 'docs/health.md#breakers',
    over: {
      what: 'a breaker has closed',
      subject: 'repairs go on',
      did: 'repairs what is still unhealthy there',
      todo: 'see with the command whether anything is left',
    },
  },
  'hooks-unattended': {
    what: 'a lifecycle hook waits and no execution keeps it alive, so that it ends with its default result: an instance goes undrained, or is not joined',
    subject: 'a lifecycle hook is left alone',
    did: 'has started an execution for it after two minutes, or tried to; that did not help',
    todo: 'start it by hand, and see in the queue of failed signals and in the log of route-signal why nobody came',
    command: (cluster, [first]) =>
      `node ${first?.words.includes('Pending:') ? 'bootstrap' : 'retire'} ${first?.name} ${cluster}`,
    runbook: 'docs/alarms.md#hooks-unattended',
    over: {
      what: 'a lifecycle hook waits alone no more: somebody has come, or it has ended with its default result',
      subject: 'no lifecycle hook is left alone any more',
      did: 'does nothing more about it',
      todo: 'see in the group’s activity whether the instance has gone undrained, or never joined',
    },
  },
  'snapshot-overdue': {
    what: 'the newest snapshot of etcd is older than two of its intervals, so that a restore would lose more than was agreed',
    subject: 'no new snapshot of etcd',
    did: 'keeps those that there are, and tries again when the next one is due',
    todo: 'see why the last executions of etcd-snapshot failed or did not begin, mend it, and take one by hand',
    command: (cluster) => `etcd snapshot take ${cluster}`,
    runbook: 'docs/runbooks/snapshot-not-taken.md',
    over: {
      what: 'there is a new snapshot of etcd',
      subject: 'snapshots of etcd come again',
      did: 'takes the next one when it is due',
      todo: 'nothing more',
    },
  },
};

/** The words to a person about what stands in a cluster, or does no more. */
export function composeNews({ kind, change, matters }: News, cluster: string, at: string): UnsentPage[] {
  const wording = WORDINGS[kind];
  if (wording === undefined) return [];
  const { subject, did, todo } = change === 'over' ? wording.over : wording;
  const command = change === 'over' ? `health ${cluster}` : wording.command(cluster, matters);
  return [
    {
      key: `${kind}-${change}-${stampOf(at)}`,
      kind,
      severity: change === 'over' ? 'info' : 'critical',
      cluster,
      subject: `cluster ${cluster}: ${subject}${change === 'lasts' ? ', for a day now' : ''}`,
      what: whatOf(wording, change, matters, cluster),
      node: '',
      did,
      todo,
      command: `npx tender ${command}`,
      runbook: wording.runbook,
    },
  ];
}

function whatOf(
  wording: Wording,
  change: Change,
  matters: readonly KnownMatter[],
  cluster: string,
): PersonPage['what'] {
  const list = matters
    .map(({ name, words, since }) => (change === 'over' ? `${name}, since ${since}` : words))
    .join('; ');
  if (change === 'over') return `Cluster ${cluster}: ${wording.over.what} (${list})`;
  const since = change === 'lasts' ? `, since ${matters[0]?.since}` : '';
  return `Cluster ${cluster}${since}: ${wording.what}: ${list}`;
}
