import { lowerCamel, withoutUndefined } from './properties.ts';
import { type NewResource, type ResourceHandlers, updateTags } from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::StepFunctions::* */
export const statesResources: ResourceHandlers = {
  'AWS::StepFunctions::StateMachine': {
    create: async (resource) => {
      const { properties, call } = resource;
      const name = properties.text('StateMachineName') ?? resource.generatedName.slice(0, 80);
      const input = withoutUndefined({
        name,
        ...(await changeable(resource)),
        type: properties.text('StateMachineType'),
        tags: lowerCamel(properties.tagList),
      });
      const { stateMachineArn } = await call('states', 'CreateStateMachine', input);
      return { ref: String(stateMachineArn), attributes: { Arn: stateMachineArn, Name: name } };
    },
    replacedBy: ['StateMachineName', 'StateMachineType'],
    update: async (wanted, before) => {
      const { call } = wanted;
      await call('states', 'UpdateStateMachine', { stateMachineArn: before.ref, ...(await changeable(wanted)) });
      await updateTags(
        wanted,
        before,
        (tags) => call('states', 'TagResource', { resourceArn: before.ref, tags: lowerCamel(tags) }),
        (tagKeys) => call('states', 'UntagResource', { resourceArn: before.ref, tagKeys }),
      );
    },
    remove: ({ call, ref }) => call('states', 'DeleteStateMachine', { stateMachineArn: ref }),
  },
  'AWS::StepFunctions::StateMachineVersion': {
    create: async ({ properties, call }) => {
      const stateMachineArn = properties.required('StateMachineArn');
      const input = withoutUndefined({
        stateMachineArn,
        revisionId: properties.text('StateMachineRevisionId'),
        description: properties.text('Description'),
      });
      const { stateMachineVersionArn } = await call('states', 'PublishStateMachineVersion', input);
      return { ref: String(stateMachineVersionArn), attributes: { Arn: stateMachineVersionArn } };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ call, ref }) => call('states', 'DeleteStateMachineVersion', { stateMachineVersionArn: ref }),
  },
  'AWS::StepFunctions::StateMachineAlias': {
    create: async ({ properties, call, generatedName }) => {
      const input = withoutUndefined({
        name: properties.text('Name') ?? generatedName,
        description: properties.text('Description'),
        routingConfiguration: lowerCamel(properties.get('RoutingConfiguration')),
      });
      const { stateMachineAliasArn } = await call('states', 'CreateStateMachineAlias', input);
      return { ref: String(stateMachineAliasArn), attributes: { Arn: stateMachineAliasArn } };
    },
    replacedBy: ['Name'],
    remove: ({ call, ref }) => call('states', 'DeleteStateMachineAlias', { stateMachineAliasArn: ref }),
  },
};

async function changeable(resource: NewResource): Promise<Record<string, unknown>> {
  const { properties } = resource;
  return withoutUndefined({
    definition: await definitionOf(resource),
    roleArn: properties.required('RoleArn'),
    loggingConfiguration: lowerCamel(properties.get('LoggingConfiguration')),
    tracingConfiguration: lowerCamel(properties.get('TracingConfiguration')),
    encryptionConfiguration: lowerCamel(properties.get('EncryptionConfiguration')),
  });
}

async function definitionOf({ properties, targets }: NewResource): Promise<string> {
  const location = properties.get('DefinitionS3Location') ? properties.nested('DefinitionS3Location') : undefined;
  const stored = location && (await targets.artifact(location.required('Key'), location.text('Bucket')));
  const text =
    properties.text('DefinitionString') ??
    properties.document('Definition') ??
    (stored && Buffer.from(stored).toString());
  if (text === undefined)
    throw templateError('A state machine needs DefinitionString, Definition or DefinitionS3Location');
  const substitutions = Object.entries(properties.nested('DefinitionSubstitutions').all);
  return substitutions.reduce((result, [name, value]) => result.replaceAll(`\${${name}}`, String(value)), text);
}
