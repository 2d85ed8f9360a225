import { describe, expect, it } from 'vitest';
import { recordJoin } from '../../support/scenarios/join-timeline.ts';
import { hookAnswers, nodeOf, rehearse } from '../../support/scenarios/scenario.ts';

const soon = { timeoutSeconds: 180 };

describe('the join gate', () => {
  it.each([
    {
      what: 'that no cloud controller initializes',
      options: { controllers: { cloudNode: 'off' as const }, entry: { join: soon } },
      why: 'waits for the cloud controller to initialize it',
    },
    {
      what: 'whose network plugin never gets ready',
      options: { node: { failures: () => ({ name: 'cni-never-ready' as const }) }, entry: { join: soon } },
      why: 'is not Ready: ',
    },
    {
      what: 'that lacks a required DaemonSet',
      options: { entry: { join: { ...soon, requiredDaemonSets: ['kube-system/kube-proxy', 'kube-system/storage'] } } },
      why: 'waits for DaemonSet kube-system/storage',
    },
  ])('turns a node away $what', async ({ options, why }) => {
    const scenario = await rehearse(options);
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain(`time is up: ${why}`);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${instanceId}`]);
    expect(nodeOf(scenario, instanceId), 'its Node is deleted').toBeUndefined();
    expect(scenario.targets(), 'it was never registered').toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('gives a node its role’s label and taints, the label as Tender because a kubelet may not', async () => {
    const taint = { key: 'example.com/batch', value: 'only', effect: 'NoSchedule' };
    const scenario = await rehearse({
      entry: {
        roles: {
          worker: { labels: { 'example.com/pool': 'batch', 'node-role.kubernetes.io/batch': '' }, taints: [taint] },
        },
      },
    });
    const moments = recordJoin(scenario);
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    const node = nodeOf(scenario, instanceId);
    expect(node?.metadata.labels).toMatchObject({
      'example.com/pool': 'batch',
      'node-role.kubernetes.io/batch': '',
      'node-role.kubernetes.io/worker': '',
    });
    expect(node?.spec?.taints).toEqual([expect.objectContaining(taint)]);
    const names = moments.map(({ what }) => what);
    expect(names.indexOf('NodeRegistered')).toBeLessThan(names.indexOf('role label set'));
    expect(names.indexOf('role label set')).toBeLessThan(names.indexOf('startup taint removed'));
  });

  it('sets no role label where the registry does not want one', async () => {
    const scenario = await rehearse({ entry: { roles: { worker: { nodeRoleLabel: false } } } });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(nodeOf(scenario, instanceId)?.metadata.labels).not.toHaveProperty('node-role.kubernetes.io/worker');
  });
});
