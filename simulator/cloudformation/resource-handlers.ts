import { apiGatewayResources } from './api-gateway-resources.ts';
import { configurationResources } from './configuration-resources.ts';
import { ec2Resources } from './ec2-resources.ts';
import { ecsResources } from './ecs-resources.ts';
import { eventsResources } from './events-resources.ts';
import { iamResources } from './iam-resources.ts';
import { lambdaResources } from './lambda-resources.ts';
import { messagingResources } from './messaging-resources.ts';
import { monitoringResources } from './monitoring-resources.ts';
import type { ResourceHandlers } from './resource-handler.ts';
import { s3Resources } from './s3-resources.ts';
import { statesResources } from './states-resources.ts';

/** All resource types that the local cloud can create. */
export const resourceHandlers: ResourceHandlers = {
  ...apiGatewayResources,
  ...configurationResources,
  ...ec2Resources,
  ...ecsResources,
  ...eventsResources,
  ...iamResources,
  ...lambdaResources,
  ...messagingResources,
  ...monitoringResources,
  ...s3Resources,
  ...statesResources,
};
