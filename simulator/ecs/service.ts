import * as sdk from '@aws-sdk/client-ecs';
import { type Access, AwsError, defineService, type Service } from '../cloud/service.ts';
import type { Containers } from './containers.ts';

/** ECS, as far as tasks on Fargate that run once go. Services, capacity providers and instances are refused. */
export function ecsService(containers: Containers): Service {
  const { definitions } = containers;
  const all = (action: string) => (): readonly Access[] => [{ action: `ecs:${action}`, resource: '*' }];
  const on = (action: string, resources: readonly string[]): readonly Access[] =>
    resources.map((resource) => ({ action: `ecs:${action}`, resource }));
  return defineService('ecs', sdk, {
    CreateCluster: {
      access: ({ clusterName = 'default' }, { region, account }) =>
        on('CreateCluster', [`arn:aws:ecs:${region}:${account}:cluster/${clusterName}`]),
      run: ({ clusterName = 'default' }) => ({
        cluster: { clusterName, clusterArn: containers.createCluster(clusterName), status: 'ACTIVE' },
      }),
    },
    DeleteCluster: {
      access: ({ cluster = 'default' }, { region, account }) =>
        on('DeleteCluster', [`arn:aws:ecs:${region}:${account}:cluster/${cluster.split('/').at(-1)}`]),
      run: ({ cluster }) => ({ cluster: { clusterArn: containers.deleteCluster(cluster), status: 'INACTIVE' } }),
    },
    RegisterTaskDefinition: {
      access: all('RegisterTaskDefinition'),
      run: (input) => ({ taskDefinition: definitions.register(input as sdk.RegisterTaskDefinitionRequest) }),
    },
    DescribeTaskDefinition: {
      access: all('DescribeTaskDefinition'),
      run: ({ taskDefinition }) => ({ taskDefinition: definitions.find(taskDefinition) }),
    },
    DeregisterTaskDefinition: {
      access: all('DeregisterTaskDefinition'),
      run: ({ taskDefinition }) => ({ taskDefinition: definitions.deregister(taskDefinition) }),
    },
    RunTask: {
      access: (input) => containers.accessToRun(input as sdk.RunTaskRequest),
      run: (input) => {
        const task = containers.run(input as sdk.RunTaskRequest);
        return task ? { tasks: [{ ...task }], failures: [] } : { tasks: [], failures: [{ reason: NO_ROOM }] };
      },
    },
    StopTask: {
      access: ({ task = '' }) => on('StopTask', [task]),
      run: ({ task, reason = '' }) => ({ task: containers.stop(task, reason) }),
    },
    DescribeTasks: {
      access: ({ tasks = [] }) => on('DescribeTasks', tasks),
      run: ({ tasks = [] }) => {
        if (tasks.length === 0) throw new AwsError('InvalidParameterException', 'Tasks cannot be empty.');
        return { tasks: tasks.map((arn) => containers.describe(arn)), failures: [] };
      },
    },
  });
}

const NO_ROOM = 'Capacity is unavailable at this time. Please try again later or in a different availability zone';
