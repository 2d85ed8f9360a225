import { expect, it } from 'vitest';
import { adoptedHooks, adoptedTags } from '../../../src/aws/adopted-things.ts';
import { runningOfCluster } from '../../../src/aws/running-of-cluster.ts';
import { waitingMembers } from '../../../src/aws/waiting-members.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

it('finds the sweep of a dead execution by the input that the event tells of it', async () => {
  const inputs: Readonly<Record<string, object>> = {
    own: { cluster: 'demo' },
    sweep: { detail: { status: 'ABORTED', input: '{"cluster":"demo","instanceId":"i-1"}' } },
    other: { cluster: 'demo-2' },
    'sweep of another': { detail: { input: '{"cluster":"demo-2"}' } },
  };
  const aws = scriptedAws({
    ListStateMachines: () => ({ stateMachines: [{ stateMachineArn: 'tender-dev-sweep' }] }),
    ListExecutions: () => ({ executions: Object.keys(inputs).map((executionArn) => ({ executionArn })) }),
    DescribeExecution: ({ executionArn }) => ({ input: JSON.stringify(inputs[String(executionArn)]) }),
  });

  expect(await runningOfCluster(aws, 'tender-dev-', 'demo')).toEqual(['own', 'sweep']);
});

it('takes a group that is gone for one that has neither hooks nor tags', async () => {
  const gone = () => awsError('ValidationError', 'AutoScalingGroup name not found');
  const aws = scriptedAws({
    DescribeLifecycleHooks: gone,
    DeleteLifecycleHook: gone,
    DeleteTags: gone,
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [] }),
  });
  const [hook, tag] = [
    { kind: 'hook', group: 'gone', name: 'tender-launch' },
    { kind: 'tag', group: 'gone', name: 'tender:cluster' },
  ] as const;

  expect(await adoptedHooks(aws).read(hook)).toBeNull();
  expect(await adoptedTags(aws).read(tag)).toBeNull();
  await adoptedHooks(aws).write(hook, null);
  await adoptedTags(aws).write(tag, null);
});

it('names the members of groups that wait at a hook', async () => {
  const Instances = ['InService', 'Pending:Wait', 'Warmed:Terminating:Wait', 'Terminating:Proceed'].map((state) => ({
    InstanceId: `i-${state}`,
    LifecycleState: state,
  }));
  const aws = scriptedAws({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [{ Instances }] }) });

  expect((await waitingMembers(aws, ['workers'])).map(({ state }) => state)).toEqual([
    'Pending:Wait',
    'Warmed:Terminating:Wait',
  ]);
});
