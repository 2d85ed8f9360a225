import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as ssm from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { AwsError, defineService } from '../../../../simulator/cloud/service.ts';
import { createStepFunctions } from '../../../../simulator/stepfunctions/states-service.ts';
import { account, awsWorld, region } from '../../../support/aws-world.ts';

const statesRole = `arn:aws:iam::${account}:role/machine`;

function cloudWithSteps() {
  const parameters = defineService('ssm', ssm, {
    GetParameter: {
      access: ({ Name }) => [
        { action: 'ssm:GetParameter', resource: `arn:aws:ssm:${region}:${account}:parameter${Name}` },
      ],
      run: ({ Name }) => ({ Parameter: { Name, Value: 'v' } }),
    },
  });
  const cloud = awsWorld(parameters);
  const { world, dispatcher, authorizer } = cloud;
  const states = createStepFunctions({
    world,
    region,
    account,
    functions: { invoke: () => Promise.reject(new AwsError('ServiceException', 'none')), invokeLater: () => {} },
    calls: dispatcher,
    events: { put: () => {} },
    authorize: (caller, access) => {
      const reason = authorizer.refusal(caller, access);
      if (reason !== undefined) throw new AwsError('AccessDeniedException', reason, { status: 403 });
    },
    services: () => dispatcher.services(),
    taskFinished: () => Promise.reject(new Error('there are no tasks')),
  });
  dispatcher.register(states.service);
  cloud.roles.createRole({
    name: 'machine',
    trust: { Statement: [] },
    inline: { own: { Statement: [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*/mine' }] } },
  });
  return { ...cloud, states };
}

const readParameter = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Read',
  States: {
    Read: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:ssm:getParameter',
      Arguments: { Name: '{% $states.input.name %}' },
      Output: '{% $states.result.Parameter.Value %}',
      End: true,
    },
  },
});

describe('Step Functions behind the wire', () => {
  it('serves a real SDK client, and its tasks may do what the role of the machine may', async () => {
    const { client, world } = cloudWithSteps();
    const sfn = new SFNClient(client);
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: 'read', roleArn: statesRole, definition: readParameter }),
    );
    const run = async (name: string) => {
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ name }) }),
      );
      await world.settle();
      return sfn.send(new DescribeExecutionCommand({ executionArn }));
    };
    expect(await run('/mine')).toMatchObject({ status: 'SUCCEEDED', output: '"v"' });
    const denied = await run('/yours');
    expect(denied).toMatchObject({ status: 'FAILED', error: expect.stringMatching(/^Ssm\./) });
    expect(denied.cause).toContain('not authorized to perform: ssm:GetParameter');
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn: denied.executionArn }));
    expect(events?.map(({ type }) => type).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
  });

  it('lets a role stop only the executions that its policy names', async () => {
    const { client, clientOf } = cloudWithSteps();
    const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } });
    const sfn = new SFNClient(client);
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: 'wait', roleArn: statesRole, definition }),
    );
    const start = async (name: string) =>
      (await sfn.send(new StartExecutionCommand({ stateMachineArn, name }))).executionArn;
    const [mine, yours] = [await start('mine'), await start('yours')];
    const resource = `arn:aws:states:${region}:${account}:execution:wait:mine`;
    const limited = new SFNClient(
      clientOf('stopper', [{ Effect: 'Allow', Action: 'states:StopExecution', Resource: resource }]),
    );
    await limited.send(new StopExecutionCommand({ executionArn: mine }));
    await expect(limited.send(new StopExecutionCommand({ executionArn: yours }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn: mine }))).toMatchObject({ status: 'ABORTED' });
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn: yours }))).toMatchObject({ status: 'RUNNING' });
  });
});
