import { describe, expect, it } from 'vitest';
import { SimulatedCluster } from '../../../simulator/kubernetes/simulated-cluster.ts';
import { World } from '../../../simulator/world/world.ts';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const timeout = 60_000;

describe('the registry entry of a cluster', () => {
  it('may be an object that the parameter refers to', { timeout }, async () => {
    const scenario = await FaultScenario.prepare({ entryInBucket: true });
    await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.cloud.parameters.valueOf('/tender/clusters/demo')).toMatch(/^s3:\/\/.+\/registry\/demo\.json$/);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.sickInService()).toEqual([]);
  });

  it('may reach the API server under a name that its certificate does not have, when it says which one it has', {
    timeout,
  }, async () => {
    const { scenario, arrived } = await behindAnotherName({ tlsServerName: 'kubernetes.default.svc' });

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.sickInService()).toEqual([]);
    expect(arrived.length).toBeGreaterThan(0);
  });

  it('that names such an endpoint and nothing more is refused, and nothing is sent', { timeout }, async () => {
    const { scenario, arrived } = await behindAnotherName({});

    expect(scenario.outcomes()[0]).toMatch(/^FAILED/);
    expect(scenario.cause()).toContain('ClusterUntrusted');
    expect(arrived).toEqual([]);
  });

  it('with the authority of another cluster is refused, and nothing is sent', { timeout }, async () => {
    const another = new SimulatedCluster({
      world: new World({ seed: 9 }),
      name: 'other',
      host: 'api.other.example.com',
    });
    const scenario = await FaultScenario.prepare({ kubernetes: { certificateAuthority: another.caCertificate } });
    const arrived = requestsOfFunctions(scenario);
    await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()[0]).toMatch(/^FAILED/);
    expect(scenario.cause()).toContain('ClusterUntrusted');
    expect(arrived).toEqual([]);
    expect(scenario.cluster.inService()).toEqual([]);
  });

  it('that is wrong is told with all that is wrong, and no value of it', { timeout }, async () => {
    const scenario = await FaultScenario.prepare({
      brokenEntry: JSON.stringify({
        name: 'demo',
        nodeNames: 'ip',
        kubernetes: { endpoint: 'http://api.demo.example.com', certificateAuthority: 'my-secret-value' },
        hook: {},
      }),
    });
    await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()[0]).toMatch(/^FAILED/);
    const cause = scenario.cause();
    expect(cause).toContain('ClusterMisconfigured');
    for (const field of [
      'nodeNames:',
      'kubernetes.endpoint:',
      'kubernetes.certificateAuthority:',
      'kubernetes.auth:',
      'hook:',
    ])
      expect(cause).toContain(field);
    expect(cause).not.toContain('my-secret-value');
  });
});

/** A cluster whose endpoint is a load balancer that its certificate does not know. */
async function behindAnotherName(
  kubernetes: Readonly<Record<string, unknown>>,
): Promise<{ scenario: FaultScenario; arrived: readonly string[] }> {
  const host = 'nlb.example.com';
  const scenario = await FaultScenario.prepare({
    kubernetes: { endpoint: `https://${host}:6443`, ...kubernetes },
    entry: { join: { apiServerEndpoint: 'api.demo.example.com:6443' } },
  });
  scenario.cloud.network.attach(host, scenario.cluster.kubernetes);
  const arrived = requestsOfFunctions(scenario);
  await scenario.launchOnce();
  await scenario.comesToRest();
  return { scenario, arrived };
}

/** What arrives at the API server from functions from now on. */
function requestsOfFunctions({ world }: FaultScenario): readonly string[] {
  const arrived: string[] = [];
  world.faults.plant(
    ({ target, functionName, operation }) => {
      if (target === 'kubernetes' && functionName !== undefined) arrived.push(operation);
      return false;
    },
    { kind: 'hang' },
  );
  return arrived;
}
