import { describe, expect, it } from 'vitest';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { snapshot, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import {
  comesTo,
  rehearseOneNode,
  rehearseRestore,
  restoreEnds,
  startRestore,
} from '../../support/etcd/restore-scenario.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';

const [, { title, release }] = etcdReleases();
const long = process.env.TENDER_LONG !== undefined;
const order = { discardLiveData: 'demo', approve: true };

describe.skipIf(!release || !long)(title, { timeout: 600_000 }, () => {
  it('a second one is refused while the first runs; a person says no, and then yes; another snapshot takes beginning anew', async () => {
    const restore = await rehearseOneNode(release);
    const { scenario, controlPlane } = restore;
    try {
      const running = await comesTo(restore, 'WaitForFence', order);
      const second = await restoreEnds(restore, startRestore(restore, order));
      expect(second).toMatchObject({ error: 'EtcdNotRestored', cause: expect.stringContaining('RestoreUnderWay') });
      expect(await restoreEnds(restore, running.arn)).toMatchObject({ etcd: { objects: 20 } });

      const asks = () => pages(scenario).filter(({ subject }) => subject.includes('approve'));
      const asked = await comesTo(restore, 'AskForApproval', { discardLiveData: 'demo', newHistory: true });
      await restoreEnds(restore, asked.arn, () => asks().length === 1);
      const token = () => /--task-token (\S+)/.exec(asks().at(-1)?.message ?? '')?.[1];
      await scenario.operate('states', 'SendTaskFailure', { taskToken: token(), error: 'Refused', cause: 'not today' });
      expect(await restoreEnds(restore, asked.arn)).toMatchObject({
        cause: expect.stringContaining('Refused: not today'),
      });

      const again = await comesTo(restore, 'AskForApproval', { discardLiveData: 'demo', newHistory: true });
      await restoreEnds(restore, again.arn, () => asks().length === 2);
      await scenario.operate('states', 'SendTaskSuccess', { taskToken: token(), output: '{"by": "Ada"}' });
      expect(await restoreEnds(restore, again.arn)).toMatchObject({ approval: { by: 'Ada' } });
      expect(stored(scenario, 'restores/').get('restores/demo.json')).toMatchObject({
        state: 'done',
        approval: { by: 'Ada' },
      });

      await scenario.stop(await comesTo(restore, 'GrowEtcd', { ...order, newHistory: true }));
      const oldest = snapshotBucket(scenario).keys()[0] ?? '';
      const early = { ...order, newHistory: true, snapshot: oldest };
      expect(await restoreEnds(restore, startRestore(restore, early))).toMatchObject({
        cause: expect.stringContaining('"startOver": true'),
      });
      expect(await restoreEnds(restore, startRestore(restore, { ...early, startOver: true }))).toMatchObject({
        etcd: { objects: 20 },
      });
      expect((await controlPlane.node(0).list('/etc/kubernetes/tender-restore')).join(' ')).toContain('abandoned-');
    } finally {
      await controlPlane.stop();
    }
  });

  it('an instance that takes no commands is switched off, and the others become full size', async () => {
    if (!release) return;
    const restore = await rehearseRestore(release);
    const { scenario, controlPlane, instanceIds } = restore;
    try {
      await snapshot(scenario);
      const [, , third = ''] = instanceIds;
      scenario.cloud.fleet.instances.impair(third);
      const output = await restoreEnds(restore, startRestore(restore, order));
      expect(output).toMatchObject({
        etcd: { members: 2 },
        switchedOff: [third],
        suspended: { 'demo-control-plane': ['ReplaceUnhealthy', 'Terminate'] },
      });
      // Neither its group nor node-retire, which hears that it was stopped, takes its disk away.
      await scenario.world.advance(20 * 60_000);
      expect(scenario.cloud.fleet.instances.all.get(third)?.state).toBe('stopped');
      expect(await controlPlane.open(0).members({ confirmed: true })).toHaveLength(2);
    } finally {
      await controlPlane.stop();
    }
  });
});
