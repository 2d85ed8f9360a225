import * as sdk from '@aws-sdk/client-ec2';
import { AwsError, defineService, type Operation, type Service } from '../cloud/service.ts';
import { instanceOperations } from './instance-operations.ts';
import type { Instances } from './instances.ts';
import { launchTemplateOperations } from './launch-template-operations.ts';
import type { LaunchTemplates } from './launch-templates.ts';
import { networkOperations } from './network-operations.ts';
import { routingOperations } from './routing-operations.ts';
import { tagOperations } from './tag-operations.ts';

/** Amazon EC2. With `DryRun` every operation says whether it would have been allowed, and does nothing. */
export function ec2Service(instances: Instances, templates: LaunchTemplates): Service {
  const arn = (resource: string) => `arn:aws:ec2:${instances.region}:${instances.account}:${resource}`;
  const service = defineService('ec2', sdk, {
    ...instanceOperations(instances, templates),
    ...launchTemplateOperations(templates, instances.images, arn),
    ...networkOperations(instances),
    ...routingOperations(instances),
    ...tagOperations(instances, templates),
  });
  const operations = Object.entries(service.operations).map(([name, operation]) => [
    name,
    operation && honourDryRun(operation),
  ]);
  return { ...service, operations: Object.fromEntries(operations) as Service['operations'] };
}

function honourDryRun(operation: Operation<never, unknown>): Operation<never, unknown> {
  return {
    ...operation,
    run: (input, call) => {
      if ((input as { DryRun?: boolean }).DryRun) {
        throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });
      }
      return operation.run(input, call);
    },
  };
}
