import { ecsIntegration } from './ecs-integration.ts';
import type { IntegrationPorts } from './integration-ports.ts';
import { functionIntegration, lambdaInvokeIntegration } from './lambda-integration.ts';
import { putEventsIntegration, snsPublishIntegration, sqsSendMessageIntegration } from './message-integrations.ts';
import { nestedIntegration } from './nested-integration.ts';
import { sdkIntegration, sdkRefusal } from './sdk-integration.ts';
import type { TaskIntegration, TaskIntegrations } from './task-integration.ts';
import type { TaskResource } from './task-resource.ts';

type ServiceResource = TaskResource & { readonly kind: 'service' };

// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html: which patterns each has.
const patterns: Readonly<Record<string, readonly ServiceResource['pattern'][]>> = {
  'lambda:invoke': ['response', 'waitForTaskToken'],
  'states:startExecution': ['response', 'sync', 'sync:2', 'waitForTaskToken'],
  'ecs:runTask': ['response', 'sync'],
  'sns:publish': ['response', 'waitForTaskToken'],
  'sqs:sendMessage': ['response', 'waitForTaskToken'],
  'events:putEvents': ['response', 'waitForTaskToken'],
};

/** All resources that the local cloud's tasks can call. */
export function taskIntegrations(ports: IntegrationPorts): TaskIntegrations {
  return {
    refusal: (resource) => (resource.kind === 'function' ? undefined : refusal(ports, resource)),
    for: (resource) =>
      resource.kind === 'function' ? functionIntegration(ports, resource.arn) : serviceIntegration(ports, resource),
  };
}

function refusal(ports: IntegrationPorts, resource: ServiceResource): string | undefined {
  if (resource.resourceType.startsWith('aws-sdk:')) {
    if (resource.pattern.startsWith('sync')) return 'aws-sdk integrations have no .sync';
    return sdkRefusal(ports, resource.resourceType, resource.action);
  }
  const known = patterns[`${resource.resourceType}:${resource.action}`];
  if (!known) return `the local cloud has no integration '${resource.resourceType}:${resource.action}'`;
  return known.includes(resource.pattern) ? undefined : `'${resource.action}' has no pattern '${resource.pattern}'`;
}

function serviceIntegration(ports: IntegrationPorts, resource: ServiceResource): TaskIntegration {
  switch (resource.resourceType) {
    case 'lambda':
      return lambdaInvokeIntegration(ports);
    case 'states':
      return nestedIntegration(ports, resource.pattern);
    case 'ecs':
      return ecsIntegration(ports, resource.pattern === 'sync' ? 'sync' : 'response');
    case 'sns':
      return snsPublishIntegration(ports);
    case 'sqs':
      return sqsSendMessageIntegration(ports);
    case 'events':
      return putEventsIntegration(ports);
    default:
      return sdkIntegration(ports, resource.resourceType, resource.action);
  }
}
