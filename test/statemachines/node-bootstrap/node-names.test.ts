import { describe, expect, it } from 'vitest';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { nodeOf, rehearse } from '../../support/scenarios/scenario.ts';

const rules = [
  ['instance-id', (id: string) => id],
  ['resource-name', (id: string) => `${id}.ec2.internal`],
  [
    'hostname',
    (id: string, { cloud }: FaultScenario) => cloud.fleet.instances.all.get(id)?.privateDnsName.split('.')[0] ?? '',
  ],
] as const;

describe('a cluster that names its nodes', () => {
  it.each(rules)('by %s gets nodes of that name, with both certificates', async (nodeNames, nameOf) => {
    const scenario = await rehearse({ entry: { nodeNames } });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    const name = nameOf(instanceId, scenario);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.output('node-bootstrap')).toMatchObject({ nodeName: name, refusedCsrs: [] });
    expect(nodeOf(scenario, name)?.spec?.taints ?? []).toEqual([]);
    expect(scenario.cluster.kubernetes.store.list('nodes')).toHaveLength(1);
    expect(scenario.events('CertificateIssued').map(({ details }) => details.signerName)).toEqual([
      'kubernetes.io/kube-apiserver-client-kubelet',
      'kubernetes.io/kubelet-serving',
    ]);
    expect(scenario.leftovers()).toEqual([]);
  });
});
