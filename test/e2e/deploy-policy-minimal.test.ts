import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { driven } from '../../rehearsal/local-deployment.ts';
import { deployPolicy } from '../../scripts/package/deploy-policy.ts';
import { Cloud } from '../../simulator/cloud/cloud.ts';
import { readServerlessPackage } from '../../simulator/cloudformation/serverless-package.ts';
import { createStack, removeStack, updateStack } from '../../simulator/cloudformation/stack.ts';
import type { Template, TemplateResource } from '../../simulator/cloudformation/template.ts';
import { roleSession } from '../../simulator/iam/credentials.ts';
import { UNSEEN } from '../support/deploy-policy-unseen.ts';
import { drillTaskResources } from '../support/etcd/drill-task.ts';
import { answerLinkResources } from '../support/scenarios/answer-links.ts';
import { fleetLockResources } from '../support/scenarios/fleet-lock.ts';
import { brokenVersion } from '../support/scenarios/next-version.ts';

const TARGET = { stage: 'dev', account: '111111111111', region: 'us-east-1', partition: 'aws' };
const BOUNDARY = 'arn:aws:iam::111111111111:policy/boundary';
const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };
const NOTHING = { Effect: 'Deny', Action: 's3:ListAllMyBuckets', Resource: '*' };

type Properties = NonNullable<TemplateResource['Properties']>;
type Document = Properties & { readonly Statement?: readonly Properties[] };

const tagged = (properties: Properties): Properties => ({ ...properties, Tags: [{ Key: 'cost', Value: 'tender' }] });
const without = (properties: Properties, name: string): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => key !== name));
/** The same document with a statement more. */
const longer = (properties: Properties, name: string, statement: Properties): Properties => {
  const document = properties[name] as Document;
  return { ...properties, [name]: { ...document, Statement: [...(document.Statement ?? []), statement] } };
};

/** What the next version of the stack has otherwise, by the type of the resource. */
const CHANGES: Readonly<Record<string, (properties: Properties) => Properties>> = {
  'AWS::S3::Bucket': tagged,
  'AWS::Logs::LogGroup': (properties) => tagged(without(properties, 'RetentionInDays')),
  'AWS::Lambda::Function': (properties) => tagged(without(properties, 'ReservedConcurrentExecutions')),
  'AWS::StepFunctions::StateMachine': tagged,
  'AWS::KMS::Key': (properties) =>
    longer(
      {
        ...properties,
        Description: 'another',
        ...('EnableKeyRotation' in properties && { EnableKeyRotation: false }),
      },
      'KeyPolicy',
      { ...NOTHING, Principal: '*' },
    ),
  'AWS::SNS::Topic': (properties) => ({ ...properties, DisplayName: 'Tender' }),
  'AWS::Events::Rule': tagged,
  'AWS::SQS::Queue': tagged,
  'AWS::IAM::Role': (properties) =>
    longer(
      tagged({ ...properties, Description: 'another', PermissionsBoundary: BOUNDARY }),
      'AssumeRolePolicyDocument',
      { Effect: 'Deny', Principal: { AWS: '222222222222' }, Action: 'sts:AssumeRole' },
    ),
  'AWS::IAM::ManagedPolicy': (properties) => longer(properties, 'PolicyDocument', NOTHING),
  'AWS::Scheduler::Schedule': (properties) => ({ ...properties, ScheduleExpression: 'rate(2 minutes)' }),
  'AWS::SSM::Document': (properties) => ({
    ...properties,
    Content: { ...(properties.Content as Properties), description: 'another' },
  }),
};

function changed(template: Template): Template {
  const Resources = Object.entries(template.Resources).map(([id, resource]) => {
    const change = CHANGES[resource.Type];
    return [id, change ? { ...resource, Properties: change(resource.Properties ?? {}) } : resource] as const;
  });
  return { ...template, Resources: Object.fromEntries(Resources) };
}

type Policy = ReturnType<typeof deployPolicy>;

/** Makes, changes, changes back and removes the whole stack, with all that a stage may have more, by somebody who may this. Gives what was not needed. */
async function played(policy: Policy): Promise<readonly string[]> {
  const cloud = new Cloud({ seed: 1, modulesPerVersion: 1 });
  cloud.roles.createRole({ name: 'deployer', trust: { Statement: [] }, inline: { deploy: policy } });
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [EVERYTHING] });
  await driven(cloud, () => cloud.operate('iam', 'CreatePolicy', { PolicyName: 'boundary', PolicyDocument }));
  const packaged = readServerlessPackage(resolve(import.meta.dirname, '../../.serverless'));
  const more = [await answerLinkResources(), await fleetLockResources(), await drillTaskResources()];
  const template = { ...packaged.template, Resources: Object.assign({}, packaged.template.Resources, ...more) };
  const [next, archives] = brokenVersion(changed(template));
  const { world, region, account, zones, dispatcher } = cloud;
  const caller = roleSession(account, 'deployer', 'ci');
  const artifact = (key: string) => archives.get(key) ?? packaged.artifact(key);
  const targets = { world, calls: dispatcher, caller, region, account, availabilityZones: zones, artifact };
  const stack = await driven(cloud, () => createStack({ name: 'tender-dev', template }, targets));
  const updated = await driven(cloud, () => updateStack(stack, { template: next }, targets));
  const back = await driven(cloud, () => updateStack(updated, { template }, targets));
  const failed = await driven(cloud, () => removeStack(back, targets));
  if (failed.length > 0) throw new Error(`not removed: ${JSON.stringify(failed)}`);
  return cloud.authorizer.unused(({ name }) => name === 'deployer').map(({ grant }) => grant);
}

function withoutAction({ Statement, ...more }: Policy, action: string): Policy {
  return {
    ...more,
    Statement: Statement.map((one) => ({ ...one, Action: one.Action.filter((other) => other !== action) })),
  };
}

it('grants nothing that a deployment does not need: each action is asked for, or is on a list of those that cannot be seen here, with the reason', {
  timeout: 180_000,
}, async () => {
  const policy = deployPolicy(TARGET);
  const unseen = Object.values(UNSEEN).flat();

  const unused = await played(policy);

  expect(
    unused.filter((action) => !unseen.includes(action)),
    'drop them from scripts/package/deploy-policy.ts',
  ).toEqual([]);
  expect(
    unseen.filter((action) => !unused.includes(action)),
    'drop them from the list: they are seen',
  ).toEqual([]);
  const granted = policy.Statement.flatMap(({ Action }) => Action);
  expect(granted.length - unused.length).toBeGreaterThan(70);
});

const long = process.env.TENDER_LONG !== undefined;
const needed = deployPolicy(TARGET)
  .Statement.flatMap(({ Action }) => Action)
  .filter((action) => !Object.values(UNSEEN).flat().includes(action));

// All of them take minutes: `npm run test:long` takes them away one by one.
it.each(long ? needed : ['lambda:PublishVersion', 'iam:CreatePolicyVersion', 'sqs:DeleteQueue'])(
  'does not go without %s',
  { timeout: 120_000 },
  async (action) => {
    await expect(played(withoutAction(deployPolicy(TARGET), action))).rejects.toThrow(
      /not authorized|not removed|denied/i,
    );
  },
);
