import { describe, expect, it } from 'vitest';
import { findRun } from '../../../src/runs/find-run.ts';
import { listRuns } from '../../../src/runs/list-runs.ts';
import { isOfCluster } from '../../../src/runs/ours.ts';
import type { KnownRun, Runs } from '../../../src/runs/ports.ts';

const at = (minute: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + 60_000 * minute).toISOString();

function run(workflow: string, name: string, minute: number, cluster = 'demo'): KnownRun {
  const rest = { status: 'SUCCEEDED', endedAt: at(minute), output: {}, error: '', cause: '' } as const;
  return { ...rest, execution: `arn:${workflow}:${name}`, name, workflow, startedAt: at(minute), input: { cluster } };
}

/** Executions as AWS would list them, and how many were described. */
function deployment(all: readonly KnownRun[]): Runs & { readonly described: string[] } {
  const described: string[] = [];
  return {
    described,
    workflows: async () => [...new Set(all.map(({ workflow }) => workflow))].sort(),
    async *list(workflow) {
      yield* all.filter((one) => one.workflow === workflow).toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
    },
    describe: async (execution) => {
      described.push(execution);
      return all.find((one) => one.execution === execution);
    },
    arnOf: (workflow, name) => `arn:${workflow}:${name}`,
    history: async () => [],
    since: async () => [],
    stop: async () => undefined,
  };
}

describe('a list of executions', () => {
  const runs = [
    run('node-drain', 'a', 1),
    run('node-retire', 'demo-i-0abc-0123456789ab', 2),
    run('node-drain', 'b', 3, 'other'),
    run('node-retire', 'other-i-0abc-0123456789ab', 4, 'other'),
    run('etcd-snapshot', 'etcd-snapshot-demo-20260301T0215', 5),
  ];

  it('is the newest of all workflows, and no more are described than are shown', async () => {
    const all = deployment(runs);
    const found = await listRuns({ limit: 2 }, all);

    expect(found).toMatchObject({ runs: [{ workflow: 'etcd-snapshot' }, { workflow: 'node-retire' }], more: false });
    expect(all.described).toHaveLength(2);
  });

  it('is of one cluster by name where the name says so, and else by input', async () => {
    const all = deployment(runs);
    const found = await listRuns({ cluster: 'demo', limit: 20, since: at(1) }, all);

    expect(found.runs.map(({ name }) => name)).toEqual([
      'etcd-snapshot-demo-20260301T0215',
      'demo-i-0abc-0123456789ab',
      'a',
    ]);
    expect(all.described).not.toContain('arn:node-retire:other-i-0abc-0123456789ab');
    expect((await listRuns({ limit: 20, since: at(5) }, all)).runs).toHaveLength(1);
  });

  it('is given up, and says so, where little of very much fits', async () => {
    const many = Array.from({ length: 400 }, (_, index) => run('node-drain', `x${index}`, index, 'other'));
    const all = deployment([run('node-drain', 'oldest', -1), ...many]);

    expect(await listRuns({ cluster: 'demo', limit: 5 }, all)).toEqual({ runs: [], more: true });
    expect(all.described).toHaveLength(300);
  });

  it.each([
    ['node-retire', 'demo-i-0abc-0123456789ab', true],
    ['node-retire', 'demo-2-i-0abc-0123456789ab', false],
    ['etcd-snapshot', 'etcd-snapshot-demo-20260301T0215', true],
    ['etcd-snapshot', 'etcd-snapshot-demo-2-20260301T0215', false],
    ['etcd-snapshot', 'etcd-snapshot-very-long-0123abcd-20260301T0215', undefined],
    ['node-drain', 'cli-3f1c', undefined],
  ])('takes %s %s for its cluster’s: %s', (workflow, name, expected) => {
    expect(isOfCluster({ workflow, name }, 'demo')).toBe(expected);
  });
});

describe('the execution that is meant', () => {
  const runs = [run('node-retire', 'abc', 1), run('node-drain', 'abc-1', 2), run('node-drain', 'abd', 3)];

  it.each([
    ['arn:node-drain:abd', 'arn:node-drain:abd'],
    ['abd', 'arn:node-drain:abd'],
    ['abc', 'arn:node-retire:abc'],
  ])('%s is %s', async (id, execution) => {
    expect(await findRun(id, deployment(runs))).toMatchObject({ kind: 'found', run: { execution } });
  });

  it('is the one that started all others whose names begin so', async () => {
    expect(
      await findRun('abc', deployment([run('node-retire', 'abcd', 1), run('node-drain', 'abcd-1', 2)])),
    ).toMatchObject({
      run: { name: 'abcd' },
    });
  });

  it('is none, or several', async () => {
    expect(await findRun('ab', deployment(runs))).toMatchObject({ kind: 'several', fitting: { length: 3 } });
    expect(await findRun('x', deployment(runs))).toEqual({ kind: 'none', newest: ['abd', 'abc-1', 'abc'] });
    expect(await findRun('abc', deployment([...runs, run('sweep', 'abc', 4)]))).toMatchObject({ kind: 'several' });
  });
});
