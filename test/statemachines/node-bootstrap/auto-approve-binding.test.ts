import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../simulator/kubernetes/api/objects.ts';
import { rehearse, trace } from '../../support/scenarios/scenario.ts';

const rbac = 'rbac.authorization.k8s.io';
const autoApprove = 'system:certificates.k8s.io:certificatesigningrequests:nodeclient';

function binding(group: string, clusterRole: string): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'approves-by-itself' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
  } as KubeObject;
}

describe('a cluster that approves certificates of bootstrap tokens by itself', () => {
  it.each([
    ['for every bootstrap token', 'system:bootstrappers', autoApprove],
    ['for our own group', 'system:bootstrappers:tender', autoApprove],
    ['for everybody who is authenticated', 'system:authenticated', autoApprove],
    ['by a role of its own', 'system:bootstrappers', 'approve-what-comes'],
  ])('is given no token when it does so %s', async (_, group, clusterRole) => {
    const scenario = await rehearse();
    const { seed } = scenario.cluster.kubernetes;
    if (clusterRole !== autoApprove) {
      seed.object(`clusterroles.${rbac}`, {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRole',
        metadata: { name: clusterRole },
        rules: [
          {
            apiGroups: ['certificates.k8s.io'],
            resources: ['certificatesigningrequests/nodeclient'],
            verbs: ['create'],
          },
        ],
      } as KubeObject);
    }
    seed.object(`clusterrolebindings.${rbac}`, binding(group, clusterRole));
    await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('AutoApproveBindingFound: Cluster demo approves node certificates');
    expect(scenario.cause()).toContain(`approves-by-itself (ClusterRole ${clusterRole})`);
    expect(trace(scenario)).toContain('OfferJoin');
    expect(
      scenario.events('ParameterPut').filter(({ details }) => String(details.name).startsWith('/tender/join/')),
    ).toEqual([]);
    expect(scenario.cluster.kubernetes.store.list('secrets', 'kube-system')).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('for another group than ours is none of our business', async () => {
    const scenario = await rehearse();
    const kubeadms = binding('system:bootstrappers:kubeadm:default-node-token', autoApprove);
    scenario.cluster.kubernetes.seed.object(`clusterrolebindings.${rbac}`, kubeadms);
    await scenario.launch();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
  });
});
