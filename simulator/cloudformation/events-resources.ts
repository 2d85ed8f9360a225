import { withoutUndefined } from './properties.ts';
import {
  type ExistingResource,
  type NewResource,
  type ResourceHandlers,
  updateTags,
  without,
} from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::Events::* and AWS::Scheduler::* */
export const eventsResources: ResourceHandlers = {
  'AWS::Events::Rule': {
    create: async (resource) => {
      const Name = resource.properties.text('Name') ?? resource.generatedName.slice(0, 64);
      const bus = resource.properties.text('EventBusName');
      const ref = bus && bus !== 'default' ? `${bus}|${Name}` : Name;
      const Arn = await putRule(resource, Name, (arn) => resource.born({ ref, attributes: { Arn: arn } }));
      return { ref, attributes: { Arn } };
    },
    replacedBy: ['Name', 'EventBusName'],
    update: async (wanted, before) => {
      const Name = ruleName(before);
      await putRule(wanted, Name);
      await removeTargets(before, without(targetIds(before), targetIds(wanted)));
      const ResourceARN = before.attributes.Arn;
      await updateTags(
        wanted,
        before,
        (Tags) => wanted.call('events', 'TagResource', { ResourceARN, Tags }),
        (TagKeys) => wanted.call('events', 'UntagResource', { ResourceARN, TagKeys }),
      );
    },
    remove: async (resource) => {
      await removeTargets(resource, targetIds(resource));
      await resource.call('events', 'DeleteRule', { Name: ruleName(resource), ...busOf(resource) });
    },
  },
  'AWS::Events::EventBus': {
    create: async ({ properties, call }) => {
      const Name = properties.required('Name');
      const input = withoutUndefined({
        ...properties.pick('Description', 'EventSourceName'),
        Name,
        Tags: properties.tagList,
      });
      const { EventBusArn } = await call('events', 'CreateEventBus', input);
      return { ref: Name, attributes: { Arn: EventBusArn, Name } };
    },
    replacedBy: ['Name'],
    remove: ({ call, ref }) => call('events', 'DeleteEventBus', { Name: ref }),
  },
  'AWS::Events::EventBusPolicy': {
    create: async (resource) => {
      await permit(resource);
      return { ref: resource.generatedName, attributes: {} };
    },
    replacedBy: ['EventBusName', 'StatementId'],
    update: permit,
    remove: ({ properties, call }) =>
      call('events', 'RemovePermission', properties.pick('EventBusName', 'StatementId')),
  },
  'AWS::Scheduler::Schedule': {
    create: async (resource) => {
      const Name = resource.properties.text('Name') ?? resource.generatedName.slice(0, 64);
      const { ScheduleArn } = await resource.call('scheduler', 'CreateSchedule', scheduleInput(resource, Name));
      return { ref: Name, attributes: { Arn: ScheduleArn } };
    },
    replacedBy: ['Name', 'GroupName'],
    update: async (wanted, { ref }) => {
      await wanted.call('scheduler', 'UpdateSchedule', scheduleInput(wanted, ref));
    },
    remove: ({ properties, call, ref }) =>
      call('scheduler', 'DeleteSchedule', { Name: ref, ...properties.pick('GroupName') }),
  },
  'AWS::Scheduler::ScheduleGroup': {
    create: async ({ properties, call, generatedName }) => {
      const Name = properties.text('Name') ?? generatedName.slice(0, 64);
      const input = withoutUndefined({ Name, Tags: properties.tagList });
      const { ScheduleGroupArn } = await call('scheduler', 'CreateScheduleGroup', input);
      return { ref: Name, attributes: { Arn: ScheduleGroupArn } };
    },
    replacedBy: ['Name'],
    remove: ({ call, ref }) => call('scheduler', 'DeleteScheduleGroup', { Name: ref }),
  },
};

async function putRule(
  { properties, call }: NewResource,
  Name: string,
  born: (arn: unknown) => void = () => undefined,
): Promise<unknown> {
  const bus = properties.text('EventBusName');
  const rule = withoutUndefined({
    Name,
    EventBusName: bus,
    EventPattern: properties.document('EventPattern'),
    Tags: properties.tagList,
    ...properties.pick('ScheduleExpression', 'State', 'Description', 'RoleArn'),
  });
  const { RuleArn } = await call('events', 'PutRule', rule);
  born(RuleArn);
  const Targets = properties.list('Targets');
  // EventBridge takes five targets a rule, and as many in one call.
  if (Targets.length === 0) return RuleArn;
  const output = await call('events', 'PutTargets', withoutUndefined({ Rule: Name, EventBusName: bus, Targets }));
  const [failed] = (output.FailedEntries ?? []) as { TargetId?: string; ErrorMessage?: string }[];
  if (failed) throw templateError(`target ${failed.TargetId} of rule ${Name}: ${failed.ErrorMessage}`);
  return RuleArn;
}

async function removeTargets(resource: ExistingResource, Ids: readonly string[]): Promise<void> {
  if (Ids.length > 0)
    await resource.call('events', 'RemoveTargets', { Rule: ruleName(resource), Ids, ...busOf(resource) });
}

function targetIds({ properties }: Pick<NewResource, 'properties'>): readonly string[] {
  return properties.each('Targets').map((target) => target.required('Id'));
}

function ruleName({ ref }: ExistingResource): string {
  return ref.split('|').at(-1) ?? ref;
}

function busOf({ properties }: ExistingResource): object {
  return properties.pick('EventBusName');
}

async function permit({ properties, call }: NewResource): Promise<void> {
  const input = properties.pick('Action', 'Condition', 'EventBusName', 'Principal', 'Statement', 'StatementId');
  const { Statement, StatementId, EventBusName } = input;
  if (Statement === undefined) {
    await call('events', 'PutPermission', input);
    return;
  }
  const bus = await call('events', 'DescribeEventBus', withoutUndefined({ Name: EventBusName }));
  const Policy = withStatement(bus.Policy, { Sid: StatementId, ...(Statement as object) });
  await call('events', 'PutPermission', withoutUndefined({ EventBusName, Policy }));
}

// PutPermission replaces a whole policy; each resource of a template is one statement in it.
function withStatement(policy: unknown, statement: Readonly<Record<string, unknown>>): string {
  const { Statement: before = [] } = (typeof policy === 'string' ? JSON.parse(policy) : {}) as {
    Statement?: Readonly<Record<string, unknown>>[];
  };
  const others = before.filter(({ Sid }) => Sid !== statement.Sid);
  return JSON.stringify({ Version: '2012-10-17', Statement: [...others, statement] });
}

function scheduleInput({ properties }: NewResource, Name: string): object {
  return withoutUndefined({
    Name,
    Target: properties.get('Target'),
    StartDate: dateOf(properties.text('StartDate')),
    EndDate: dateOf(properties.text('EndDate')),
    ...properties.pick('GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow'),
    ...properties.pick('State', 'Description', 'KmsKeyArn'),
  });
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
