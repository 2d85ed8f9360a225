import * as sdk from '@aws-sdk/client-cloudformation';
import type { Cloud } from '../cloud/cloud.ts';
import { pageOf } from '../cloud/pages.ts';
import { AwsError, defineService, type Operations, type Service } from '../cloud/service.ts';
import { changeSetOperations } from './change-set-operations.ts';
import { registryService } from './registry-service.ts';
import { onStack, readWish } from './stack-requests.ts';
import { neededCapability, shownEvent, shownResource, shownStack, summaryOf } from './stack-views.ts';
import { Stacks } from './stacks.ts';
import { parseTemplate } from './template-body.ts';
import { templateError } from './template-error.ts';

const given = new WeakMap<Cloud, Stacks>();

/**
 * Gives a cloud CloudFormation's API, once, and what else `serverless` asks. Apart from the cloud itself: only those who deploy need it, and its SDK module costs every
 * process that loads it a fifth of a second.
 */
export function addCloudFormation(cloud: Cloud): Stacks {
  const known = given.get(cloud);
  if (known) return known;
  const { world, region, account, zones, dispatcher } = cloud;
  const stacks = new Stacks({ world, region, account, availabilityZones: zones, calls: dispatcher });
  dispatcher.register(cloudFormationService(stacks));
  dispatcher.register(registryService());
  given.set(cloud, stacks);
  return stacks;
}

function cloudFormationService(stacks: Stacks): Service {
  return defineService('cloudformation', sdk, {
    ...changeSetOperations(stacks),
    ...changingOperations(stacks),
    ...readingOperations(stacks),
  });
}

function changingOperations(stacks: Stacks): Operations<typeof sdk> {
  return {
    CreateStack: {
      access: onStack('CreateStack', stacks),
      run: async (input, { caller }) => {
        const name = input.StackName ?? '';
        if (stacks.find(name))
          throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`, { status: 400 });
        const wish = await readWish(stacks, undefined, input, caller);
        const record = stacks.add(name, wish);
        try {
          const change = await stacks.prepare(record, wish, caller);
          record.isProtected = input.EnableTerminationProtection ?? false;
          stacks.create(record, change, input.DisableRollback ?? input.OnFailure === 'DO_NOTHING');
        } catch (error) {
          stacks.forget(record);
          throw error;
        }
        return { StackId: record.id };
      },
    },
    UpdateStack: {
      access: onStack('UpdateStack', stacks),
      run: async (input, { caller }) => {
        const record = stacks.get(input.StackName);
        stacks.requireUpdatable(record);
        const wish = await readWish(stacks, record, input, caller);
        const { isEmpty } = await stacks.compare(record, wish, caller);
        if (isEmpty) throw templateError('No updates are to be performed.');
        stacks.update(record, await stacks.prepare(record, wish, caller), wish);
        return { StackId: record.id };
      },
    },
    DeleteStack: {
      access: onStack('DeleteStack', stacks),
      run: (input, { caller }) => {
        const record = stacks.find(input.StackName ?? '');
        if (!record || record.status === 'DELETE_COMPLETE') return {};
        if (record.isProtected)
          throw templateError(`Stack [${record.name}] cannot be deleted while TerminationProtection is enabled`);
        if (record.status === 'DELETE_IN_PROGRESS') return {};
        stacks.delete(record, caller, input.RoleARN, input.RetainResources ?? []);
        return {};
      },
    },
    UpdateTerminationProtection: {
      access: onStack('UpdateTerminationProtection', stacks),
      run: (input) => {
        const record = stacks.get(input.StackName);
        record.isProtected = input.EnableTerminationProtection ?? false;
        return { StackId: record.id };
      },
    },
    ValidateTemplate: {
      mutating: false,
      run: async (input, { caller }) => {
        const template = parseTemplate((await stacks.bodyOf(input, caller)) ?? '');
        const capability = neededCapability(template);
        return {
          Parameters: Object.entries(template.Parameters ?? {}).map(([ParameterKey, { Default, NoEcho }]) => ({
            ParameterKey,
            NoEcho: NoEcho === true || NoEcho === 'true',
            ...(Default !== undefined && { DefaultValue: String(Default) }),
          })),
          ...(capability && {
            Capabilities: [capability],
            CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
          }),
        };
      },
    },
  };
}

function readingOperations(stacks: Stacks): Operations<typeof sdk> {
  return {
    DescribeStacks: {
      access: onStack('DescribeStacks', stacks),
      run: (input) => {
        const records = input.StackName ? [stacks.get(input.StackName)] : stacks.all;
        const there = records.filter(({ status }) => input.StackName || status !== 'DELETE_COMPLETE');
        const page = pageOf(there, 100, input.NextToken, 'ValidationError');
        return { Stacks: page.items.map(shownStack), ...(page.next && { NextToken: page.next }) };
      },
    },
    ListStacks: {
      run: (input) => {
        const wanted = input.StackStatusFilter ?? [];
        const fitting = stacks.all.filter(({ status }) => wanted.length === 0 || wanted.includes(status));
        const page = pageOf(fitting, 100, input.NextToken, 'ValidationError');
        return { StackSummaries: page.items.map(summaryOf), ...(page.next && { NextToken: page.next }) };
      },
    },
    DescribeStackEvents: {
      access: onStack('DescribeStackEvents', stacks),
      run: (input) => {
        const record = stacks.get(input.StackName);
        const page = pageOf(record.events.toReversed(), 100, input.NextToken, 'ValidationError');
        const StackEvents = page.items.map((event) => shownEvent(record, event));
        return { StackEvents, ...(page.next && { NextToken: page.next }) };
      },
    },
    ListStackResources: {
      access: onStack('ListStackResources', stacks),
      run: (input) => {
        const all = [...stacks.get(input.StackName).resources.values()].map(shownResource);
        const page = pageOf(all, 100, input.NextToken, 'ValidationError');
        return { StackResourceSummaries: page.items, ...(page.next && { NextToken: page.next }) };
      },
    },
    DescribeStackResource: {
      access: onStack('DescribeStackResource', stacks),
      run: (input) => {
        const record = stacks.get(input.StackName);
        const event = record.resources.get(input.LogicalResourceId ?? '');
        if (!event) throw templateError(`Resource ${input.LogicalResourceId} does not exist for stack ${record.name}`);
        return { StackResourceDetail: { StackId: record.id, StackName: record.name, ...shownResource(event) } };
      },
    },
    DescribeStackResources: {
      access: onStack('DescribeStackResources', stacks),
      run: (input) => {
        const record = stacks.get(input.StackName);
        // AWS gives the first hundred, and no token to ask for more.
        const all = [...record.resources.values()]
          .filter(({ logicalId }) => (input.LogicalResourceId ?? logicalId) === logicalId)
          .slice(0, 100);
        return {
          StackResources: all.map((event) => {
            const { LastUpdatedTimestamp: Timestamp, ...resource } = shownResource(event);
            return { StackId: record.id, StackName: record.name, Timestamp, ...resource };
          }),
        };
      },
    },
    GetTemplate: {
      access: onStack('GetTemplate', stacks),
      run: (input) => ({
        TemplateBody: stacks.get(input.StackName).wish.body,
        StagesAvailable: ['Original', 'Processed'],
      }),
    },
    ListExports: {
      run: (input) => {
        const exported = stacks.all.flatMap(({ id, exports, stack }) =>
          [...exports].map(([output, Name]) => ({
            ExportingStackId: id,
            Name,
            Value: String(stack?.outputs[output]),
          })),
        );
        const page = pageOf(exported, 100, input.NextToken, 'ValidationError');
        return { Exports: page.items, ...(page.next && { NextToken: page.next }) };
      },
    },
  };
}
