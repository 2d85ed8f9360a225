import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { driven } from '../../rehearsal/local-deployment.ts';
import { deployPolicy } from '../../scripts/package/deploy-policy.ts';
import { Cloud } from '../../simulator/cloud/cloud.ts';
import { readServerlessPackage } from '../../simulator/cloudformation/serverless-package.ts';
import { createStack, removeStack, updateStack } from '../../simulator/cloudformation/stack.ts';
import { roleSession } from '../../simulator/iam/credentials.ts';
import { drillTaskResources } from '../support/etcd/drill-task.ts';
import { answerLinkResources } from '../support/scenarios/answer-links.ts';
import { fleetLockResources } from '../support/scenarios/fleet-lock.ts';

const target = { stage: 'dev', account: '111111111111', region: 'us-east-1', partition: 'aws' };

it('lets whoever deploys create, update and remove the stack of a stage, and fits into an inline policy', async () => {
  const document = deployPolicy(target);
  expect(JSON.stringify(document).length).toBeLessThan(10_240);
  const cloud = new Cloud({ seed: 1, modulesPerVersion: 1 });
  cloud.roles.createRole({ name: 'deployer', trust: { Statement: [] }, inline: { deploy: document } });
  const packaged = readServerlessPackage(resolve(import.meta.dirname, '../../.serverless'));
  const { artifact } = packaged;
  // With what a stage may have more.
  const Resources = {
    ...packaged.template.Resources,
    ...(await answerLinkResources()),
    ...(await fleetLockResources()),
    ...(await drillTaskResources()),
  };
  const template = { ...packaged.template, Resources };
  const { world, region, account, zones, dispatcher } = cloud;
  const caller = roleSession(account, 'deployer', 'ci');
  const targets = { world, calls: dispatcher, caller, region, account, availabilityZones: zones, artifact };

  const stack = await driven(cloud, () => createStack({ name: 'tender-dev', template }, targets));
  const retentions = JSON.stringify(template).replaceAll('"RetentionInDays":30', '"RetentionInDays":60');
  const updated = await driven(cloud, () => updateStack(stack, { template: JSON.parse(retentions) }, targets));
  const failed = await driven(cloud, () => removeStack(updated, targets));

  expect(failed).toEqual([]);
  expect(cloud.functions.all()).toEqual([]);
}, 120_000);

it('lets nobody touch the stack of another stage', async () => {
  const cloud = new Cloud({ seed: 1 });
  cloud.roles.createRole({ name: 'deployer', trust: { Statement: [] }, inline: { deploy: deployPolicy(target) } });
  const caller = roleSession(cloud.account, 'deployer', 'ci');
  const mayDelete = (name: string) =>
    cloud.authorizer.allows(caller, { action: 'iam:DeleteRole', resource: `arn:aws:iam::111111111111:role/${name}` });

  expect([mayDelete('tender-dev-SweepRole-1'), mayDelete('tender-prod-SweepRole-1'), mayDelete('admin')]).toEqual([
    ...[true, false, false],
  ]);
});
