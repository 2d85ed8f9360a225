import { describe, expect, it } from 'vitest';
import {
  hookAnswers,
  lifecycleState,
  nodeOf,
  pages,
  rehearse,
  stored,
  trace,
} from '../../support/scenarios/scenario.ts';

const changing = ['OfferJoin', 'ApproveJoinCsrs'];

describe('a node that joins by itself', () => {
  it('is verified, labelled, registered and admitted, and given no token', async () => {
    const scenario = await rehearse({ selfJoining: true });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
    expect(trace(scenario)).not.toContain('OfferJoin');
    expect(trace(scenario)).toEqual(expect.arrayContaining(['LabelNode', 'RegisterTargets', 'AdmitNode']));
    expect(
      scenario.events('ParameterPut').filter(({ details }) => String(details.name).startsWith('/tender/join/')),
    ).toEqual([]);
    expect(nodeOf(scenario, instanceId)?.metadata.labels).toHaveProperty('example.com/pool', 'workers');
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('of an EKS cluster has its certificates approved by EKS, and Tender judges none', async () => {
    const scenario = await rehearse({
      selfJoining: true,
      entry: { kind: 'eks' },
      controllers: { approvesServing: true },
    });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();
    await scenario.world.advance(15 * 60_000);

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(trace(scenario).filter((state) => changing.includes(state))).toEqual([]);
    expect(scenario.outcomes('approve-node-csrs'), 'no pass is ever due').toEqual([]);
    expect(scenario.events('CsrApproved').map(({ details }) => details.reason)).not.toContain('TenderApproved');
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
  });

  it('and runs workloads when its gate fails is kept and a person is paged', async () => {
    const scenario = await rehearse({
      selfJoining: true,
      entry: { bootstrap: 'self', join: { timeoutSeconds: 180, requiredDaemonSets: ['kube-system/does-not-exist'] } },
    });
    scenario.cluster.kubernetes.seed.deployment({ name: 'shop', replicas: 1 });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('time is up: waits for DaemonSet kube-system/does-not-exist');
    expect(scenario.cause()).toContain(
      'with CONTINUE: it runs workloads or may, and such a node is never abandoned undrained',
    );
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
    expect(lifecycleState(scenario, instanceId)).toBe('InService');
    expect(nodeOf(scenario, instanceId), 'its Node stays').toBeDefined();
    expect(pages(scenario).map(({ subject }) => subject)).toEqual([`Tender: ${instanceId} of cluster demo`]);
    expect(stored(scenario, `diagnosis/demo/${instanceId}/`).size).toBe(1);
  });
});
