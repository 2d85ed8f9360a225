import { describe, expect, it } from 'vitest';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { comesTo, rehearseOneNode, restoreEnds, startRestore } from '../../support/etcd/restore-scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const [, { title, release }] = etcdReleases();
const long = process.env.TENDER_LONG !== undefined;
const order = { discardLiveData: 'demo', approve: true };

/** Each state after which somebody presses Stop. */
const STATES = [
  'PlanRestore',
  'CheckSnapshot',
  'BeginRestore',
  'FenceControlPlane',
  'WaitForFence',
  'RestoreMember',
  'WaitForMember',
  'GrowEtcd',
  'SettleEtcd',
  'StartControlPlane',
  'WaitForStart',
  'DeleteStaleNodes',
  'EndRestore',
];

const OURS =
  /^(InspectControlPlane|PlanRestore|CheckSnapshot|BeginRestore|FenceControlPlane|RestoreMember|GrowEtcd|SettleEtcd|StartControlPlane|DeleteStaleNodes|EndRestore|EtcdRestoreMachine|SeeControlPlane|RestoreControlPlanes|ReadRestores|ReadSnapshots) /;

describe.skipIf(!release || !long)(title, { timeout: 600_000 }, () => {
  it('stopped in each state and started again: it ends well each time, on one more history', async () => {
    const restore = await rehearseOneNode(release);
    const { scenario, controlPlane } = restore;
    try {
      for (const state of STATES) {
        const first = { ...order, snapshot: 'latest', newHistory: true };
        await scenario.stop(await comesTo(restore, state, first));
        const output = await restoreEnds(restore, startRestore(restore, first));
        expect({ state, output }).toMatchObject({ output: { etcd: { members: 1, objects: 20 } } });
        await controlPlane.untilReady();
        expect(controlPlane.node(0).kubelet.runs('kube-apiserver')).toBe(true);
      }
      const own = unusedPermissions([scenario]).filter((one) => OURS.test(one));
      expect(own).toEqual([
        // For an instance that takes no commands.
        'FenceControlPlane ec2:StopInstances',
        // Without it S3 would say AccessDenied of what is not there.
        'ReadRestores s3:ListBucket',
        // Where the registry names no endpoints.
        'SettleEtcd autoscaling:DescribeAutoScalingGroups',
      ]);
    } finally {
      await controlPlane.stop();
    }
  });
});
