// The private API that FleetLock's clients ask (docs/fleet-lock.md); nothing when the stage names no VPC endpoint.
// JavaScript because the list is a stage parameter and the resources are left out when it is empty.
const { createHash } = require('node:crypto');
const listOf = require('./list-of.cjs');

const PARTS = ['pre-reboot', 'steady-state'];
const logical = (part) => part.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase());

/** How many requests a second, and at once; who gets a 429 asks again in a few minutes. */
const RATE = 20;
const BURST = 40;

const method = (part) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: { Ref: 'FleetLockApi' },
    ResourceId: { Ref: `FleetLock${logical(part)}Resource` },
    HttpMethod: 'POST',
    // The endpoint is what keeps others out; the protocol knows no identity but the client's id.
    AuthorizationType: 'NONE',
    Integration: {
      Type: 'AWS_PROXY',
      IntegrationHttpMethod: 'POST',
      Uri: {
        'Fn::Sub':
          'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${AnswerDashfleetDashlockLambdaFunction.Arn}/invocations',
      },
    },
  },
});

const resource = (parent, part) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: { Ref: 'FleetLockApi' }, ParentId: parent, PathPart: part },
});

module.exports = async ({ resolveVariable }) => {
  const endpoints = listOf(await resolveVariable('param:fleetLockVpcEndpointIds'));
  if (endpoints.length === 0) return { Resources: {} };
  const wrong = endpoints.filter((id) => !/^vpce-[0-9a-f]+$/.test(id));
  if (wrong.length > 0)
    throw new Error(
      `param fleetLockVpcEndpointIds: ${wrong.join(', ')} is not the id of a VPC endpoint for execute-api`,
    );
  const stage = await resolveVariable('sls:stage');
  const methods = PARTS.map((part) => `FleetLock${logical(part)}Method`);
  // A deployment is a snapshot: what changed takes effect with another one, which is another resource.
  const mark = createHash('sha256')
    .update(JSON.stringify([PARTS, endpoints]))
    .digest('hex')
    .slice(0, 8);
  const deployment = `FleetLockDeployment${mark}`;
  return {
    Resources: {
      FleetLockApi: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          Name: `tender-${stage}-fleet-lock`,
          Description: 'FleetLock: machines ask here whether they may reboot',
          EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: endpoints },
          // Through these endpoints and no other way.
          Policy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: '*',
                Action: 'execute-api:Invoke',
                Resource: 'execute-api:/*',
                Condition: { StringEquals: { 'aws:SourceVpce': endpoints } },
              },
            ],
          },
        },
      },
      FleetLockClusterResource: resource({ 'Fn::GetAtt': ['FleetLockApi', 'RootResourceId'] }, '{cluster}'),
      FleetLockVersionResource: resource({ Ref: 'FleetLockClusterResource' }, 'v1'),
      ...Object.fromEntries(
        PARTS.flatMap((part) => [
          [`FleetLock${logical(part)}Resource`, resource({ Ref: 'FleetLockVersionResource' }, part)],
          [`FleetLock${logical(part)}Method`, method(part)],
        ]),
      ),
      [deployment]: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: methods,
        Properties: { RestApiId: { Ref: 'FleetLockApi' }, Description: `through ${endpoints.join(', ')}` },
      },
      FleetLockStage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: {
          RestApiId: { Ref: 'FleetLockApi' },
          DeploymentId: { Ref: deployment },
          StageName: 'tender',
          MethodSettings: [
            { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: RATE, ThrottlingBurstLimit: BURST },
          ],
        },
      },
      FleetLockPermission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: 'AnswerDashfleetDashlockLambdaFunction' },
          Principal: 'apigateway.amazonaws.com',
          SourceArn: {
            'Fn::Sub': 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${FleetLockApi}/*/POST/*',
          },
        },
      },
    },
  };
};
