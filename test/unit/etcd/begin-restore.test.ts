import { describe, expect, it } from 'vitest';
import { beginRestore } from '../../../src/etcd/begin-restore.ts';
import { fenceControlPlane } from '../../../src/etcd/fence-control-plane.ts';
import type { ControlPlaneInstance, Restore, RestoreJournal } from '../../../src/etcd/restore-ports.ts';
import { aRecord } from '../../support/etcd/snapshot-record.ts';

const now = new Date('2026-11-29T10:43:24Z');
const approval = { by: 'Ada', at: '2026-11-29T10:43:00.000Z' };
const node = { instanceId: 'i-a', name: 'a', peerUrl: 'https://a:2380' };
const plan = { resumes: false, first: 'i-a', nodes: [node], bumpRevision: 1_000_000_000, etcdClusterIds: ['c1'] };

/** A journal in memory, compared and swapped as S3 does. */
function aJournal() {
  let kept: { restore: Restore; etag: string } | undefined;
  const journal: RestoreJournal = {
    read: async () => kept,
    write: async (restore, etag) => {
      if (kept?.etag !== etag) return 'conflict';
      kept = { restore, etag: String(Number(etag ?? 0) + 1) };
      return 'written';
    },
  };
  return { journal, last: () => kept?.restore };
}

function begin(
  journal: RestoreJournal,
  execution: string,
  running: readonly string[] = [],
  over: Partial<typeof plan> = {},
) {
  const work = { isRunning: async (arn: string) => running.includes(arn) };
  return beginRestore('demo', { ...plan, ...over }, approval, aRecord(), execution, { journal, work }, now);
}

describe('a restore', () => {
  it('is written down with all that another execution needs to go on, and once', async () => {
    const { journal, last } = aJournal();
    expect(await begin(journal, 'first')).toEqual({ restoreId: 'r-20261129t104324z' });
    expect(await begin(journal, 'first')).toEqual({ restoreId: 'r-20261129t104324z' });
    expect(last()).toMatchObject({
      state: 'under-way',
      owner: 'first',
      approval,
      snapshot: { revision: 500 },
      nodes: [node],
    });
  });

  it('is refused while another one runs, and taken over when that one has ended', async () => {
    const { journal, last } = aJournal();
    await begin(journal, 'first');
    await expect(begin(journal, 'second', ['first'])).rejects.toMatchObject({ name: 'RestoreUnderWay' });
    expect(await begin(journal, 'second', [], { resumes: true })).toEqual({ restoreId: 'r-20261129t104324z' });
    expect(last()).toMatchObject({ owner: 'second', approval, takenOverFrom: ['first'] });
    await expect(begin(journal, 'first', ['second'])).rejects.toMatchObject({ name: 'RestoreUnderWay' });
  });

  it('is of one of two that begin at the same moment', async () => {
    const { journal } = aJournal();
    const both = await Promise.allSettled([begin(journal, 'first'), begin(journal, 'second')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('begun anew names the one that was given up', async () => {
    const { journal, last } = aJournal();
    await begin(journal, 'first');
    await begin(journal, 'second');
    expect(last()).toMatchObject({ owner: 'second', previousId: 'r-20261129t104324z' });
  });
});

describe('fencing', () => {
  const at = (id: string, over: Partial<ControlPlaneInstance> = {}): ControlPlaneInstance => ({
    instanceId: id,
    arn: `arn:${id}`,
    groupName: 'cp',
    launchedAt: '2026-11-01T00:00:00.000Z',
    state: 'running',
    hosts: [],
    takesCommands: true,
    ...over,
  });

  it('writes down what it suspends and switches off before it does, and waits for both', async () => {
    const { journal, last } = aJournal();
    await begin(journal, 'first');
    const seen: unknown[] = [];
    const ports = {
      journal,
      controlPlane: {
        instances: async () => [at('i-a'), at('i-b', { takesCommands: false }), at('i-c', { state: 'stopped' })],
        inUse: async () => new Set<string>(),
        stop: async (id: string) => void seen.push(['stop', id, last()?.stopped]),
      },
      groups: {
        active: async () => ['Launch', 'Terminate'],
        suspend: async (name: string) => void seen.push(['suspend', name, last()?.suspended]),
        resume: async () => {},
      },
      commands: {
        send: async (_: string, id: string) => `command-${id}`,
        result: async () => ({ status: 'done', output: '', errors: '' }) as const,
      },
    };
    const turn = await fenceControlPlane({ cluster: 'demo', execution: 'first', commands: {} }, ports);

    expect(seen).toEqual([
      ['suspend', 'cp', { cp: ['Launch', 'Terminate'] }],
      ['stop', 'i-b', ['i-b']],
    ]);
    expect(turn).toEqual({ done: false, commands: { 'i-a': 'command-i-a' }, waitingFor: ['i-b'] });
    await expect(fenceControlPlane({ cluster: 'demo', execution: 'other', commands: {} }, ports)).rejects.toMatchObject(
      {
        name: 'RestoreUnderWay',
      },
    );
  });

  const fence = async (instances: readonly ControlPlaneInstance[], changes: Partial<Restore> = {}) => {
    const { journal, last } = aJournal();
    await begin(journal, 'first');
    const begun = last();
    if (begun) await journal.write({ ...begun, ...changes }, (await journal.read('demo'))?.etag);
    const stopped: string[] = [];
    const ports = {
      journal,
      controlPlane: {
        instances: async () => instances,
        inUse: async () => new Set<string>(),
        stop: async (id: string) => void stopped.push(id),
      },
      groups: { active: async () => [], suspend: async () => {}, resume: async () => {} },
      commands: { send: async () => 'c', result: async () => ({ status: 'done', output: '', errors: '' }) as const },
    };
    const turn = await fenceControlPlane({ cluster: 'demo', execution: 'first', commands: {} }, ports);
    return { stopped, ...turn };
  };
  const later = '2026-11-29T11:30:00.000Z';

  it('waits for an instance that was launched after it had begun, and never switches it off: it may serve the restored etcd', async () => {
    const silent = at('i-new', { takesCommands: false, launchedAt: later });
    const turn = await fence([at('i-a'), silent]);
    expect(turn).toMatchObject({ stopped: [], done: false });
    expect(turn.waitingFor).toEqual([
      `i-new, launched at ${later} after this restore had begun, which takes no commands yet and is not switched off (it goes on when its SSM agent answers, or when you stop it)`,
    ]);
    expect(await fence([at('i-a'), { ...silent, takesCommands: true }])).toMatchObject({ stopped: [], done: true });
  });

  it.each<readonly [string, Partial<Restore>]>([
    ['it has switched off itself', { stopped: ['i-old'] }],
    ['it has the data of', { nodes: [{ instanceId: 'i-old', name: 'old', peerUrl: 'https://10.0.0.9:2380' }] }],
  ])('switches one off that %s, however late somebody has started it again', async (_what, changes) => {
    const turn = await fence([at('i-old', { takesCommands: false, launchedAt: later })], changes);
    expect(turn).toMatchObject({ stopped: ['i-old'], waitingFor: ['i-old'] });
  });
});
