import { withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';

/** AWS::ApiGateway::* */
export const apiGatewayResources: ResourceHandlers = {
  'AWS::ApiGateway::RestApi': {
    create: async ({ properties, call, generatedName }) => {
      const endpoint = properties.nested('EndpointConfiguration');
      const input = withoutUndefined({
        name: properties.text('Name') ?? generatedName,
        description: properties.text('Description'),
        endpointConfiguration: { types: endpoint.texts('Types'), vpcEndpointIds: endpoint.texts('VpcEndpointIds') },
        policy: properties.document('Policy'),
      });
      const { id, rootResourceId } = await call('apigateway', 'CreateRestApi', input);
      return { ref: String(id), attributes: { RestApiId: id, RootResourceId: rootResourceId } };
    },
    replacedBy: [],
    remove: ({ call, ref }) => call('apigateway', 'DeleteRestApi', { restApiId: ref }),
  },
  'AWS::ApiGateway::Resource': {
    create: async ({ properties, call }) => {
      const input = {
        restApiId: properties.required('RestApiId'),
        parentId: properties.required('ParentId'),
        pathPart: properties.required('PathPart'),
      };
      const { id } = await call('apigateway', 'CreateResource', input);
      return { ref: String(id), attributes: { ResourceId: id } };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ properties, call, ref }) =>
      call('apigateway', 'DeleteResource', { restApiId: properties.required('RestApiId'), resourceId: ref }),
  },
  'AWS::ApiGateway::Method': {
    create: async (resource) => {
      await putMethod(resource);
      return { ref: resource.generatedName, attributes: {} };
    },
    replacedBy: ['RestApiId', 'ResourceId', 'HttpMethod'],
    update: putMethod,
    remove: (resource) => resource.call('apigateway', 'DeleteMethod', placeOf(resource)),
  },
  'AWS::ApiGateway::Deployment': {
    create: async ({ properties, call }) => {
      const input = withoutUndefined({
        restApiId: properties.required('RestApiId'),
        description: properties.text('Description'),
      });
      const { id } = await call('apigateway', 'CreateDeployment', input);
      return { ref: String(id), attributes: { DeploymentId: id } };
    },
    replacedBy: ['RestApiId'],
    remove: ({ properties, call, ref }) =>
      call('apigateway', 'DeleteDeployment', { restApiId: properties.required('RestApiId'), deploymentId: ref }),
  },
  'AWS::ApiGateway::Stage': {
    create: async (resource) => {
      const { properties, call } = resource;
      const place = { restApiId: properties.required('RestApiId'), stageName: properties.required('StageName') };
      await call('apigateway', 'CreateStage', { ...place, deploymentId: properties.required('DeploymentId') });
      resource.born({ ref: place.stageName, attributes: {} });
      await throttle(resource, place);
      return { ref: place.stageName, attributes: {} };
    },
    replacedBy: ['RestApiId', 'StageName'],
    update: async (wanted) => {
      const { properties, call } = wanted;
      const place = { restApiId: properties.required('RestApiId'), stageName: properties.required('StageName') };
      const value = properties.required('DeploymentId');
      const patchOperations = [{ op: 'replace', path: '/deploymentId', value }];
      await call('apigateway', 'UpdateStage', { ...place, patchOperations });
      await throttle(wanted, place);
    },
    remove: ({ properties, call, ref }) =>
      call('apigateway', 'DeleteStage', { restApiId: properties.required('RestApiId'), stageName: ref }),
  },
};

function placeOf({ properties }: Pick<NewResource, 'properties'>): Record<string, string> {
  return {
    restApiId: properties.required('RestApiId'),
    resourceId: properties.required('ResourceId'),
    httpMethod: properties.required('HttpMethod'),
  };
}

async function putMethod(resource: NewResource): Promise<void> {
  const { properties, call } = resource;
  const place = placeOf(resource);
  await call('apigateway', 'PutMethod', { ...place, authorizationType: properties.required('AuthorizationType') });
  const integration = properties.nested('Integration');
  await call('apigateway', 'PutIntegration', {
    ...place,
    type: integration.required('Type'),
    integrationHttpMethod: integration.required('IntegrationHttpMethod'),
    uri: integration.required('Uri'),
  });
}

async function throttle({ properties, call }: NewResource, place: object): Promise<void> {
  for (const settings of properties.each('MethodSettings')) {
    if (settings.required('ResourcePath') !== '/*' || settings.required('HttpMethod') !== '*') continue;
    const patchOperations = [
      ['rateLimit', settings.number('ThrottlingRateLimit')],
      ['burstLimit', settings.number('ThrottlingBurstLimit')],
    ].map(([name, value]) => ({ op: 'replace', path: `/*/*/throttling/${name}`, value: String(value) }));
    await call('apigateway', 'UpdateStage', { ...place, patchOperations });
  }
}
