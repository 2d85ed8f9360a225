import { lowerCamel, withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::StepFunctions::* */
export const statesResources: ResourceHandlers = {
  'AWS::StepFunctions::StateMachine': async (resource) => {
    const { properties, call } = resource;
    const name = properties.text('StateMachineName') ?? resource.generatedName.slice(0, 80);
    const input = withoutUndefined({
      name,
      definition: definitionOf(resource),
      roleArn: properties.required('RoleArn'),
      type: properties.text('StateMachineType'),
      loggingConfiguration: lowerCamel(properties.get('LoggingConfiguration')),
      tracingConfiguration: lowerCamel(properties.get('TracingConfiguration')),
      encryptionConfiguration: lowerCamel(properties.get('EncryptionConfiguration')),
      tags: lowerCamel(properties.tagList),
    });
    const { stateMachineArn } = await call('states', 'CreateStateMachine', input);
    return { ref: String(stateMachineArn), attributes: { Arn: stateMachineArn, Name: name } };
  },
  'AWS::StepFunctions::StateMachineVersion': async ({ properties, call }) => {
    const stateMachineArn = properties.required('StateMachineArn');
    const input = withoutUndefined({
      stateMachineArn,
      revisionId: properties.text('StateMachineRevisionId'),
      description: properties.text('Description'),
    });
    const { stateMachineVersionArn } = await call('states', 'PublishStateMachineVersion', input);
    return { ref: String(stateMachineVersionArn), attributes: { Arn: stateMachineVersionArn } };
  },
  'AWS::StepFunctions::StateMachineAlias': async ({ properties, call, generatedName }) => {
    const input = withoutUndefined({
      name: properties.text('Name') ?? generatedName,
      description: properties.text('Description'),
      routingConfiguration: lowerCamel(properties.get('RoutingConfiguration')),
    });
    const { stateMachineAliasArn } = await call('states', 'CreateStateMachineAlias', input);
    return { ref: String(stateMachineAliasArn), attributes: { Arn: stateMachineAliasArn } };
  },
};

function definitionOf({ properties, targets }: NewResource): string {
  const location = properties.get('DefinitionS3Location')
    ? properties.nested('DefinitionS3Location').required('Key')
    : undefined;
  const stored = location === undefined ? undefined : targets.artifact(location);
  const text =
    properties.text('DefinitionString') ??
    properties.document('Definition') ??
    (stored && Buffer.from(stored).toString());
  if (text === undefined)
    throw templateError('A state machine needs DefinitionString, Definition or DefinitionS3Location');
  const substitutions = Object.entries(properties.nested('DefinitionSubstitutions').all);
  return substitutions.reduce((result, [name, value]) => result.replaceAll(`\${${name}}`, String(value)), text);
}
