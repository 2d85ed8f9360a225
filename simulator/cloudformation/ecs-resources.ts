import { lowerCamel, withoutUndefined } from './properties.ts';
import type { ResourceHandlers } from './resource-handler.ts';

const DEFINITION = [
  'ContainerDefinitions',
  'Cpu',
  'EphemeralStorage',
  'ExecutionRoleArn',
  'Memory',
  'NetworkMode',
  'RequiresCompatibilities',
  'RuntimePlatform',
  'TaskRoleArn',
];

/** AWS::ECS::Cluster and AWS::ECS::TaskDefinition. */
export const ecsResources: ResourceHandlers = {
  'AWS::ECS::Cluster': {
    create: async ({ properties, call, generatedName }) => {
      const clusterName = properties.text('ClusterName') ?? generatedName;
      const input = withoutUndefined({
        clusterName,
        settings: lowerCamel(properties.get('ClusterSettings')),
        tags: properties.tagList?.map(({ Key, Value }) => ({ key: Key, value: Value })),
      });
      const { cluster } = (await call('ecs', 'CreateCluster', input)) as { cluster: { clusterArn: string } };
      return { ref: clusterName, attributes: { Arn: cluster.clusterArn } };
    },
    replacedBy: ['ClusterName'],
    remove: ({ call, ref }) => call('ecs', 'DeleteCluster', { cluster: ref }),
  },
  'AWS::ECS::TaskDefinition': {
    create: async ({ properties, call, generatedName }) => {
      const input = withoutUndefined({
        family: properties.text('Family') ?? generatedName,
        tags: properties.tagList?.map(({ Key, Value }) => ({ key: Key, value: Value })),
        ...(lowerCamel(properties.pick(...DEFINITION)) as object),
      });
      const { taskDefinition } = (await call('ecs', 'RegisterTaskDefinition', input)) as {
        taskDefinition: { taskDefinitionArn: string };
      };
      const { taskDefinitionArn } = taskDefinition;
      return { ref: taskDefinitionArn, attributes: { TaskDefinitionArn: taskDefinitionArn } };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ call, ref }) => call('ecs', 'DeregisterTaskDefinition', { taskDefinition: ref }),
  },
};
