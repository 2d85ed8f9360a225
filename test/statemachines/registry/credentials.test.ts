import { describe, expect, it } from 'vitest';
import { FaultScenario, type FaultScenarioOptions } from '../../support/scenarios/fault-scenario.ts';

/** Lets one instance launch and everything come to rest. */
async function joined(options: FaultScenarioOptions): Promise<FaultScenario> {
  const scenario = await FaultScenario.prepare(options);
  await scenario.launch();
  await scenario.comesToRest();
  return scenario;
}

function expectHealthyNode(scenario: FaultScenario): void {
  expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
  expect(scenario.sickInService()).toEqual([]);
  expect(scenario.cluster.inService()).toHaveLength(1);
  expect(scenario.leftovers()).toEqual([]);
}

describe('a node joins a cluster that knows Tender', () => {
  const timeout = 60_000;

  it('by IAM, as one role for all functions, and no secret exists', { timeout }, async () => {
    const scenario = await joined({ auth: 'iam' });

    expectHealthyNode(scenario);
    expect(scenario.cloud.secrets.list()).toEqual([]);
    const assumed = scenario.cloud.authorizer.usage().filter(({ action }) => action === 'sts:AssumeRole');
    expect(new Set(assumed.map(({ resource }) => resource))).toEqual(
      new Set(['arn:aws:iam::111111111111:role/tender-access-demo']),
    );
  });

  it('by the client certificate in a kubeconfig', { timeout }, async () => {
    expectHealthyNode(await joined({ auth: 'kubeconfig' }));
  });

  it('by a token that is replaced while the node joins', { timeout }, async () => {
    const undisturbed = await joined({});
    const scenario = await FaultScenario.prepare();
    await scenario.launch();
    await scenario.untilState('WaitForNode', 2);
    await scenario.cluster.rotateToken();
    await scenario.comesToRest();

    expectHealthyNode(scenario);
    // A warm function was refused with the old token, and fetched the new one.
    expect(secretReads(scenario)).toBeGreaterThan(secretReads(undisturbed));
  });
});

describe('a cluster that does not know Tender', () => {
  const timeout = 60_000;

  it('any more (the token was revoked and not replaced) costs the instance, and says that the credential is refused', {
    timeout,
  }, async () => {
    const scenario = await FaultScenario.prepare();
    await scenario.launchOnce();
    await scenario.untilState('WaitForNode', 2);
    scenario.cluster.kubernetes.revokeStaticToken(scenario.cluster.token);
    await scenario.comesToRest();

    expect(scenario.outcomes()[0]).toMatch(/^FAILED/);
    expect(scenario.cause()).toContain('KubernetesUnauthorized');
    expect(scenario.cluster.inService()).toEqual([]);
  });

  it('by IAM under the id that the entry names lets nobody in', { timeout }, async () => {
    const scenario = await FaultScenario.prepare({ auth: 'iam' });
    const roleArn = 'arn:aws:iam::111111111111:role/tender-access-demo';
    await rewriteEntry(scenario, (kubernetes) => ({
      ...kubernetes,
      auth: { kind: 'iam', clusterId: 'another', roleArn },
    }));
    await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()[0]).toMatch(/^FAILED/);
    expect(scenario.cause()).toContain('KubernetesUnauthorized');
  });

  it('because the entry names no role for IAM is not even asked', { timeout }, async () => {
    const scenario = await FaultScenario.prepare({ auth: 'iam' });
    await rewriteEntry(scenario, (kubernetes) => ({ ...kubernetes, auth: { kind: 'iam', clusterId: 'demo' } }));
    await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.cause()).toContain('kubernetes.auth.roleArn: ');
  });
});

type KubernetesFields = Readonly<Record<string, unknown>>;

/** Changes the entry's `kubernetes` before anything has read it. */
async function rewriteEntry(
  scenario: FaultScenario,
  change: (kubernetes: KubernetesFields) => KubernetesFields,
): Promise<void> {
  const Name = `/tender/clusters/${scenario.cluster.name}`;
  const entry = JSON.parse(scenario.cloud.parameters.valueOf(Name) ?? '') as { kubernetes: KubernetesFields };
  const Value = JSON.stringify({ ...entry, kubernetes: change(entry.kubernetes) });
  await scenario.operate('ssm', 'PutParameter', { Name, Value, Type: 'String', Overwrite: true });
}

function secretReads({ cloud }: FaultScenario): number {
  const reads = cloud.authorizer.usage().filter(({ action }) => action === 'secretsmanager:GetSecretValue');
  return reads.reduce((sum, { calls }) => sum + calls, 0);
}
