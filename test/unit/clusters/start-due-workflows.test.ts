import { describe, expect, it } from 'vitest';
import { ClusterMisconfigured, DueWorkNotStarted } from '../../../src/clusters/errors.ts';
import { parseCluster } from '../../../src/clusters/parse-cluster.ts';
import type { WorkflowStarter } from '../../../src/clusters/ports.ts';
import { startDueWorkflows } from '../../../src/clusters/start-due-workflows.ts';
import { entryText } from './cluster-texts.ts';

const tick = new Date('2026-03-02T09:07:00Z');
const everyMinute = { schedules: { approveNodeCsrsMinutes: 1, healthMinutes: 0 } };

function services(workflows: WorkflowStarter, misconfigured: readonly ClusterMisconfigured[] = []) {
  const clusters = ['blue', 'green'].map((name) => parseCluster(name, entryText({ name, ...everyMinute })));
  const reported: string[] = [];
  return {
    registry: { all: async () => ({ clusters, misconfigured }) },
    workflows,
    onMisconfigured: (error: ClusterMisconfigured) => void reported.push(error.cluster),
    tell: async () => undefined,
    reported,
  };
}

describe('a schedule tick', () => {
  it('starts what is due for every cluster', async () => {
    const started: unknown[] = [];
    const outcome = await startDueWorkflows(
      services({
        start: async (...call) => {
          started.push(call);
          return 'started';
        },
      }),
      tick,
    );
    expect(started).toEqual([
      ['approve-node-csrs', 'approve-node-csrs-blue-20260302T0907', { cluster: 'blue' }],
      ['approve-node-csrs', 'approve-node-csrs-green-20260302T0907', { cluster: 'green' }],
    ]);
    expect(outcome.started).toHaveLength(2);
  });

  it('that is delivered again starts nothing again, and says so', async () => {
    const outcome = await startDueWorkflows(services({ start: async () => 'already-started' }), tick);
    expect(outcome).toMatchObject({ started: [], alreadyStarted: expect.objectContaining({ length: 2 }) });
  });

  it('reports a broken entry and looks after the others', async () => {
    const broken = services({ start: async () => 'started' }, [new ClusterMisconfigured('red', ['kind: is wrong'])]);
    const outcome = await startDueWorkflows(broken, tick);
    expect(outcome).toMatchObject({ misconfigured: ['red'], started: expect.objectContaining({ length: 2 }) });
    expect(broken.reported).toEqual(['red']);
  });

  it('fails by name when something could not be started, after everything was tried', async () => {
    const tried: string[] = [];
    const failing = services({
      start: async (_workflow, name) => {
        tried.push(name);
        if (name.includes('blue')) throw new Error('Rate exceeded');
        return 'started';
      },
    });
    await expect(startDueWorkflows(failing, tick)).rejects.toThrow(
      'approve-node-csrs-blue-20260302T0907: Error: Rate exceeded',
    );
    await expect(startDueWorkflows(failing, tick)).rejects.toBeInstanceOf(DueWorkNotStarted);
    expect(tried).toContain('approve-node-csrs-green-20260302T0907');
  });
});
