import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { driven, type LocalDeployment } from '../../../rehearsal/local-deployment.ts';
import { createStack } from '../../../simulator/cloudformation/stack.ts';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { yamlTemplate } from '../../support/yaml-template.ts';

const timeout = 60_000;
const file = resolve(import.meta.dirname, '../../../deploy/other-account/template.yaml');
const externalId = 'an-external-id-of-ours';
const roleArn = 'arn:aws:iam::111111111111:role/tender-access-demo';

/**
 * A cluster of the deployment's own account that is served as the role that deploy/other-account makes. Its events need no forwarding; the
 * border between two accounts is crossed in test/statemachines/accounts.
 */
async function asItsRole(aws: Readonly<Record<string, unknown>>): Promise<FaultScenario> {
  const scenario = await FaultScenario.prepare({ entry: { aws: { roleArn, ...aws } } });
  await deployRole(scenario.deployment);
  await scenario.launchOnce();
  await scenario.comesToRest();
  return scenario;
}

async function deployRole({ cloud }: LocalDeployment): Promise<void> {
  const template = yamlTemplate(file);
  const { AccessRole, JoinKey, JoinKeyAlias } = template.Resources;
  if (!AccessRole || !JoinKey || !JoinKeyAlias) throw new Error(`${file} has other resources than this test expects`);
  const { world, region, account, zones, dispatcher, credentials } = cloud;
  const parameters = { TenderAccount: account, TenderRegion: region, ExternalId: externalId, Name: 'demo' };
  const request = {
    name: 'tender-access',
    template: { ...template, Resources: { AccessRole, JoinKey, JoinKeyAlias } },
  };
  const stack = await driven(cloud, () =>
    createStack(
      { ...request, parameters },
      {
        world,
        calls: dispatcher,
        caller: credentials.operator,
        region,
        account,
        availabilityZones: zones,
        artifact: () => undefined,
      },
    ),
  );
  await driven(cloud, () => letNodesDecrypt(cloud, String(stack.outputs.JoinKeyArn)));
}

// There the instance policy names that account's key; here the demo has written in the deployment's.
async function letNodesDecrypt(cloud: LocalDeployment['cloud'], keyArn: string): Promise<void> {
  const condition = { StringEquals: { 'kms:ViaService': `ssm.${cloud.region}.amazonaws.com` } };
  const statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn, Condition: condition };
  await cloud.operate('iam', 'PutRolePolicy', {
    RoleName: 'demo-node',
    PolicyName: 'key-of-that-account',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
}

function callsOfRole({ cloud }: FaultScenario): string[] {
  const calls = cloud.authorizer.usage().filter(({ role }) => role === 'tender-access-demo');
  return [...new Set(calls.map(({ action }) => action))].sort();
}

describe('a cluster that is served as a role', () => {
  it('gets its node through the role that we ship for it, and nothing is left', { timeout }, async () => {
    const scenario = await asItsRole({ externalId });

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.sickInService()).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.cloud.authorizer.denials()).toEqual([]);
    expect(callsOfRole(scenario)).toEqual(
      expect.arrayContaining([
        'autoscaling:CompleteLifecycleAction',
        'ec2:DescribeInstances',
        'elasticloadbalancing:RegisterTargets',
        'kms:Encrypt',
        'secretsmanager:GetSecretValue',
        'ssm:PutParameter',
      ]),
    );
  });

  it.each([
    ['without the external id', {}],
    ['with another external id', { externalId: 'a-guess-of-somebody' }],
  ])('is not served %s', { timeout }, async (_, aws) => {
    const scenario = await asItsRole(aws);

    expect(scenario.outcomes()[0]).toMatch(/^FAILED/);
    expect(scenario.cause()).toContain('AwsAccessDenied');
    expect(callsOfRole(scenario)).toEqual([]);
    expect(scenario.cluster.inService()).toEqual([]);
  });
});
