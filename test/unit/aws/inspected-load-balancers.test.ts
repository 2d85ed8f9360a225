import { expect, it } from 'vitest';
import { inspectedLoadBalancers } from '../../../src/aws/inspected-load-balancers.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

it.each([
  ['does not exist', 'TargetGroupNotFoundException'],
  ['is of another region or account', 'ValidationError'],
])('a target group that %s is missing', async (_what, code) => {
  const aws = scriptedAws({ DescribeTargetGroups: () => awsError(code) });
  expect(await inspectedLoadBalancers(aws, ['gone'], [])).toMatchObject({ missingTargetGroups: ['gone'] });
});
