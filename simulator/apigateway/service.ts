import * as sdk from '@aws-sdk/client-api-gateway';
import { type Access, AwsError, type CallContext, defineService, type Service } from '../cloud/service.ts';
import type { RestApis } from './rest-apis.ts';

/** API Gateway's REST APIs: what it takes to make one with Lambda proxies. */
export function apiGatewayService(apis: RestApis): Service {
  return defineService('apigateway', sdk, {
    CreateRestApi: {
      access: ({ policy }, call) => [
        ...to(call, 'POST', '/restapis'),
        ...(policy === undefined ? [] : to(call, 'UpdateRestApiPolicy', '/restapis')),
      ],
      run: ({ name = '', endpointConfiguration: { types = [], vpcEndpointIds = [] } = {}, policy }) => {
        const { id, rootId } = apis.create({ name, types, vpcEndpointIds, policy });
        return { id, name, rootResourceId: rootId };
      },
    },
    CreateResource: {
      access: ({ restApiId, parentId }, call) => to(call, 'POST', `/restapis/${restApiId}/resources/${parentId}`),
      run: ({ restApiId, parentId, pathPart = '' }) => {
        const { resources } = apis.get(restApiId);
        if (!resources.has(parentId ?? ''))
          throw new AwsError('NotFoundException', 'Invalid Resource identifier specified', { status: 404 });
        const id = apis.newId();
        resources.set(id, { parentId, pathPart });
        return { id, parentId, pathPart };
      },
    },
    PutMethod: {
      access: ({ restApiId, resourceId, httpMethod }, call) =>
        to(call, 'PUT', `/restapis/${restApiId}/resources/${resourceId}/methods/${httpMethod}`),
      run: ({ restApiId, httpMethod, authorizationType }) => {
        apis.get(restApiId);
        if (authorizationType !== 'NONE') throw unsupported(`authorization ${authorizationType}`);
        return { httpMethod, authorizationType };
      },
    },
    PutIntegration: {
      access: ({ restApiId, resourceId, httpMethod }, call) =>
        to(call, 'PUT', `/restapis/${restApiId}/resources/${resourceId}/methods/${httpMethod}/integration`),
      run: ({ restApiId, resourceId, httpMethod, type, uri = '' }) => {
        const functionArn = /functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
        if (type !== 'AWS_PROXY' || functionArn === undefined) throw unsupported(`integration ${type} with ${uri}`);
        apis.get(restApiId).methods.set(`${resourceId} ${httpMethod}`, functionArn);
        return { type, uri };
      },
    },
    CreateDeployment: {
      access: ({ restApiId }, call) => to(call, 'POST', `/restapis/${restApiId}/deployments`),
      run: ({ restApiId }) => {
        const id = apis.newId();
        const { deployments, methods } = apis.get(restApiId);
        if (methods.size === 0)
          throw new AwsError('BadRequestException', "The REST API doesn't contain any methods", { status: 400 });
        deployments.add(id);
        return { id };
      },
    },
    CreateStage: {
      access: ({ restApiId }, call) => to(call, 'POST', `/restapis/${restApiId}/stages`),
      run: ({ restApiId, stageName = '', deploymentId = '' }) => {
        const { stages, deployments } = apis.get(restApiId);
        if (!deployments.has(deploymentId))
          throw new AwsError('BadRequestException', 'Invalid Deployment identifier specified', { status: 400 });
        stages.set(stageName, { bucket: undefined });
        return { stageName, deploymentId };
      },
    },
    DeleteRestApi: {
      access: ({ restApiId }, call) => to(call, 'DELETE', `/restapis/${restApiId}`),
      run: ({ restApiId }) => {
        apis.delete(apis.get(restApiId).id);
        return {};
      },
    },
    DeleteResource: {
      access: ({ restApiId, resourceId }, call) => to(call, 'DELETE', `/restapis/${restApiId}/resources/${resourceId}`),
      run: ({ restApiId, resourceId = '' }) => {
        apis.get(restApiId).resources.delete(resourceId);
        return {};
      },
    },
    DeleteMethod: {
      access: ({ restApiId, resourceId, httpMethod }, call) =>
        to(call, 'DELETE', `/restapis/${restApiId}/resources/${resourceId}/methods/${httpMethod}`),
      run: ({ restApiId, resourceId, httpMethod }) => {
        apis.get(restApiId).methods.delete(`${resourceId} ${httpMethod}`);
        return {};
      },
    },
    DeleteDeployment: {
      access: ({ restApiId, deploymentId }, call) =>
        to(call, 'DELETE', `/restapis/${restApiId}/deployments/${deploymentId}`),
      run: ({ restApiId, deploymentId = '' }) => {
        apis.get(restApiId).deployments.delete(deploymentId);
        return {};
      },
    },
    DeleteStage: {
      access: ({ restApiId, stageName }, call) => to(call, 'DELETE', `/restapis/${restApiId}/stages/${stageName}`),
      run: ({ restApiId, stageName = '' }) => {
        apis.get(restApiId).stages.delete(stageName);
        return {};
      },
    },
    UpdateStage: {
      access: ({ restApiId, stageName }, call) => to(call, 'PATCH', `/restapis/${restApiId}/stages/${stageName}`),
      run: ({ restApiId, stageName = '', patchOperations = [] }) => {
        const stage = apis.get(restApiId).stages.get(stageName);
        if (!stage) throw new AwsError('NotFoundException', 'Invalid stage identifier specified', { status: 404 });
        const deploymentId = patchOperations.find(({ path }) => path === '/deploymentId')?.value;
        if (deploymentId !== undefined && !apis.get(restApiId).deployments.has(deploymentId))
          throw new AwsError('BadRequestException', 'Invalid Deployment identifier specified', { status: 400 });
        if (!patchOperations.some(({ path }) => path?.includes('throttling'))) return { stageName };
        const value = (path: string) =>
          Number(patchOperations.find((one) => one.path === `/*/*/throttling/${path}`)?.value);
        apis.throttle(stage, value('rateLimit'), value('burstLimit'));
        return { stageName };
      },
    },
  });
}

/**
 * Permissions are for methods of HTTP on paths, not for operations.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
 */
function to({ region }: CallContext, verb: string, path: string): readonly Access[] {
  return [{ action: `apigateway:${verb}`, resource: `arn:aws:apigateway:${region}::${path}` }];
}

function unsupported(what: string): AwsError {
  return new AwsError('NotImplemented', `The local cloud has no ${what}.`, { status: 501 });
}
