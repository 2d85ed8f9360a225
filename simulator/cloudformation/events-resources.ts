import { withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::Events::* and AWS::Scheduler::* */
export const eventsResources: ResourceHandlers = {
  'AWS::Events::Rule': async (resource) => {
    const { properties, call } = resource;
    const Name = properties.text('Name') ?? resource.generatedName.slice(0, 64);
    const bus = properties.text('EventBusName');
    const rule = withoutUndefined({
      Name,
      EventBusName: bus,
      EventPattern: properties.document('EventPattern'),
      Tags: properties.tagList,
      ...properties.pick('ScheduleExpression', 'State', 'Description', 'RoleArn'),
    });
    const { RuleArn } = await call('events', 'PutRule', rule);
    await putTargets(resource, Name, bus);
    return { ref: bus && bus !== 'default' ? `${bus}|${Name}` : Name, attributes: { Arn: RuleArn } };
  },
  'AWS::Events::EventBus': async ({ properties, call }) => {
    const Name = properties.required('Name');
    const input = withoutUndefined({
      ...properties.pick('Description', 'EventSourceName'),
      Name,
      Tags: properties.tagList,
    });
    const { EventBusArn } = await call('events', 'CreateEventBus', input);
    return { ref: Name, attributes: { Arn: EventBusArn, Name } };
  },
  'AWS::Events::EventBusPolicy': async ({ properties, call, generatedName }) => {
    const input = properties.pick('Action', 'Condition', 'EventBusName', 'Principal', 'Statement', 'StatementId');
    const { Statement, StatementId, EventBusName } = input;
    if (Statement === undefined) await call('events', 'PutPermission', input);
    else {
      const bus = await call('events', 'DescribeEventBus', withoutUndefined({ Name: EventBusName }));
      const Policy = withStatement(bus.Policy, { Sid: StatementId, ...(Statement as object) });
      await call('events', 'PutPermission', withoutUndefined({ EventBusName, Policy }));
    }
    return { ref: generatedName, attributes: {} };
  },
  'AWS::Scheduler::Schedule': async ({ properties, call, generatedName }) => {
    const Name = properties.text('Name') ?? generatedName.slice(0, 64);
    const input = withoutUndefined({
      Name,
      Target: properties.get('Target'),
      StartDate: dateOf(properties.text('StartDate')),
      EndDate: dateOf(properties.text('EndDate')),
      ...properties.pick('GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow'),
      ...properties.pick('State', 'Description', 'KmsKeyArn'),
    });
    const { ScheduleArn } = await call('scheduler', 'CreateSchedule', input);
    return { ref: Name, attributes: { Arn: ScheduleArn } };
  },
  'AWS::Scheduler::ScheduleGroup': async ({ properties, call, generatedName }) => {
    const Name = properties.text('Name') ?? generatedName.slice(0, 64);
    const { ScheduleGroupArn } = await call(
      'scheduler',
      'CreateScheduleGroup',
      withoutUndefined({ Name, Tags: properties.tagList }),
    );
    return { ref: Name, attributes: { Arn: ScheduleGroupArn } };
  },
};

// PutPermission replaces a whole policy; each resource of a template is one statement in it.
function withStatement(policy: unknown, statement: Readonly<Record<string, unknown>>): string {
  const { Statement: before = [] } = (typeof policy === 'string' ? JSON.parse(policy) : {}) as {
    Statement?: Readonly<Record<string, unknown>>[];
  };
  const others = before.filter(({ Sid }) => Sid !== statement.Sid);
  return JSON.stringify({ Version: '2012-10-17', Statement: [...others, statement] });
}

async function putTargets({ properties, call }: NewResource, Rule: string, bus: string | undefined): Promise<void> {
  const Targets = properties.list('Targets');
  // EventBridge takes five targets a rule, and as many in one call.
  if (Targets.length === 0) return;
  const output = await call('events', 'PutTargets', withoutUndefined({ Rule, EventBusName: bus, Targets }));
  const [failed] = (output.FailedEntries ?? []) as { TargetId?: string; ErrorMessage?: string }[];
  if (failed) throw templateError(`target ${failed.TargetId} of rule ${Rule}: ${failed.ErrorMessage}`);
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
