import * as eventbridge from '@aws-sdk/client-eventbridge';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, defineService, type Service } from '../cloud/service.ts';
import { requestTagContext } from '../cloud/tag-context.ts';
import { permitted, withdrawn } from './bus-policy.ts';
import type { EventBus } from './event-bus.ts';
import { compileEventPattern } from './pattern.ts';
import type { Rule } from './rule.ts';
import { parseScheduleExpression } from './schedule-expression.ts';

/** AWS takes this many targets a rule (EventBridge quotas). */
const TARGETS_A_RULE = 5;

/** The operations of EventBridge on the default bus; other buses do not exist here. */
export function eventsService(bus: EventBus): Service {
  const { account, region } = bus.ports;
  const arnOf = (name: string | undefined) => `arn:aws:events:${region}:${account}:rule/${name ?? ''}`;
  const busArn = bus.arn;
  const onBus = (action: string) => (): readonly Access[] => [{ action: `events:${action}`, resource: busArn }];
  const onRule =
    (action: string) =>
    (input: { readonly Name?: string | undefined; readonly Rule?: string | undefined }): readonly Access[] => [
      { action: `events:${action}`, resource: arnOf(input.Name ?? input.Rule) },
    ];
  const onArn =
    (action: string) =>
    (input: { readonly ResourceARN?: string | undefined }): readonly Access[] => [
      { action: `events:${action}`, resource: input.ResourceARN ?? '*' },
    ];
  const find = (name: string | undefined, busName: string | undefined): Rule => {
    requireDefaultBus(busName);
    const rule = bus.rules.get(name ?? '');
    if (!rule) throw missing(`Rule ${name} does not exist on EventBus default.`);
    return rule;
  };
  const findByArn = (arn: string | undefined): Rule => find(arn?.split('/').at(-1), undefined);
  const setEnabled = (rule: Rule, enabled: boolean) => {
    rule.enabled = enabled;
    bus.reschedule(rule);
    return {};
  };
  return defineService('events', eventbridge, {
    PutRule: {
      access: (input) => [
        { action: 'events:PutRule', resource: arnOf(input.Name), context: requestTagContext(input.Tags) },
      ],
      run: (input) => {
        requireDefaultBus(input.EventBusName);
        const rule = putRule(bus, arnOf(input.Name), input);
        bus.reschedule(rule);
        return { RuleArn: rule.arn };
      },
    },
    DeleteRule: {
      access: onRule('DeleteRule'),
      run: (input) => {
        requireDefaultBus(input.EventBusName);
        const rule = bus.rules.get(input.Name ?? '');
        if (rule && rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
        rule?.timer?.cancel();
        bus.rules.delete(input.Name ?? '');
        return {};
      },
    },
    EnableRule: {
      access: onRule('EnableRule'),
      run: (input) => setEnabled(find(input.Name, input.EventBusName), true),
    },
    DisableRule: {
      access: onRule('DisableRule'),
      run: (input) => setEnabled(find(input.Name, input.EventBusName), false),
    },
    DescribeRule: {
      access: onRule('DescribeRule'),
      run: (input) => ({ ...view(find(input.Name, input.EventBusName)), CreatedBy: account }),
    },
    ListRules: {
      run: (input) => {
        requireDefaultBus(input.EventBusName);
        const rules = [...bus.rules.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? ''));
        const page = pageOf(rules.map(view), input.Limit ?? 100, input.NextToken);
        return { Rules: page.items, NextToken: page.next };
      },
    },
    ListRuleNamesByTarget: {
      run: (input) => ({
        RuleNames: [...bus.rules.values()]
          .filter(({ targets }) => [...targets.values()].some(({ Arn }) => Arn === input.TargetArn))
          .map(({ name }) => name),
      }),
    },
    PutTargets: {
      access: (input) => [
        { action: 'events:PutTargets', resource: arnOf(input.Rule) },
        ...(input.Targets ?? []).flatMap(({ RoleArn }) => (RoleArn === undefined ? [] : [passRole(RoleArn)])),
      ],
      run: (input) => {
        putTargets(find(input.Rule, input.EventBusName), input.Targets ?? []);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    },
    RemoveTargets: {
      access: onRule('RemoveTargets'),
      run: (input) => {
        const rule = find(input.Rule, input.EventBusName);
        for (const id of input.Ids ?? []) rule.targets.delete(id);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    },
    ListTargetsByRule: {
      access: onRule('ListTargetsByRule'),
      run: (input) => {
        const page = pageOf(
          [...find(input.Rule, input.EventBusName).targets.values()],
          input.Limit ?? 100,
          input.NextToken,
        );
        return { Targets: page.items, NextToken: page.next };
      },
    },
    PutEvents: {
      access: () => [{ action: 'events:PutEvents', resource: busArn }],
      run: (input) => {
        const Entries = (input.Entries ?? []).map((entry) => putEntry(bus, entry));
        return { Entries, FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length };
      },
    },
    DescribeEventBus: {
      access: onBus('DescribeEventBus'),
      run: (input) => {
        requireDefaultBus(input.Name);
        return { Name: 'default', Arn: busArn, ...(bus.policy && { Policy: JSON.stringify(bus.policy) }) };
      },
    },
    PutPermission: {
      access: onBus('PutPermission'),
      run: (input) => {
        requireDefaultBus(input.EventBusName);
        bus.policy = permitted(bus.policy, busArn, input);
        return {};
      },
    },
    RemovePermission: {
      access: onBus('RemovePermission'),
      run: (input) => {
        requireDefaultBus(input.EventBusName);
        bus.policy = withdrawn(bus.policy, input);
        return {};
      },
    },
    TestEventPattern: {
      run: (input) => {
        const event = jsonObject(input.Event);
        if (!event) throw invalid('Parameter Event is not valid.');
        return { Result: compileEventPattern(input.EventPattern ?? '').matches(event) };
      },
    },
    TagResource: {
      access: onArn('TagResource'),
      run: (input) => {
        const { tags } = findByArn(input.ResourceARN);
        for (const { Key, Value } of input.Tags ?? []) tags.set(Key ?? '', Value ?? '');
        return {};
      },
    },
    UntagResource: {
      access: onArn('UntagResource'),
      run: (input) => {
        const { tags } = findByArn(input.ResourceARN);
        for (const key of input.TagKeys ?? []) tags.delete(key);
        return {};
      },
    },
    ListTagsForResource: {
      access: onArn('ListTagsForResource'),
      run: (input) => ({ Tags: [...findByArn(input.ResourceARN).tags].map(([Key, Value]) => ({ Key, Value })) }),
    },
  });
}

function requireDefaultBus(name: string | undefined): void {
  if (name === undefined || name === 'default' || name.endsWith(':event-bus/default')) return;
  throw missing(`Event bus ${name} does not exist.`);
}

function putRule(bus: EventBus, arn: string, input: eventbridge.PutRuleCommandInput): Rule {
  if (input.EventPattern === undefined && input.ScheduleExpression === undefined) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  const pattern = input.EventPattern === undefined ? undefined : compileEventPattern(input.EventPattern);
  const timetable = input.ScheduleExpression === undefined ? undefined : schedule(input.ScheduleExpression);
  const name = input.Name ?? '';
  const rule = bus.rules.get(name) ?? newRule(bus, name, arn);
  if (!bus.rules.has(name)) {
    for (const { Key, Value } of input.Tags ?? []) rule.tags.set(Key ?? '', Value ?? '');
    bus.rules.set(name, rule);
  }
  return Object.assign(rule, {
    pattern,
    timetable,
    patternText: input.EventPattern,
    scheduleText: input.ScheduleExpression,
    enabled: input.State !== 'DISABLED',
    description: input.Description,
    roleArn: input.RoleArn,
  });
}

function newRule(bus: EventBus, name: string, arn: string): Rule {
  return {
    name,
    arn,
    createdAt: bus.ports.world.now(),
    tags: new Map(),
    targets: new Map(),
    enabled: true,
    description: undefined,
    roleArn: undefined,
    patternText: undefined,
    pattern: undefined,
    scheduleText: undefined,
    timetable: undefined,
    timer: undefined,
  };
}

function schedule(expression: string) {
  try {
    if (expression.startsWith('at(') || /^rate\((1 \w+s|([2-9]|\d\d+) \w+[^s])\)$/.test(expression))
      throw new RangeError();
    return parseScheduleExpression(expression);
  } catch (error) {
    if (error instanceof RangeError) throw invalid('Parameter ScheduleExpression is not valid.');
    throw error;
  }
}

function putTargets(rule: Rule, targets: readonly eventbridge.Target[]): void {
  const ids = new Set([...rule.targets.keys(), ...targets.map(({ Id }) => Id)]);
  if (ids.size > TARGETS_A_RULE)
    throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  for (const target of targets) {
    const service = target.Arn?.split(':')[2];
    const isBus = service === 'events' && target.Arn?.endsWith(':event-bus/default');
    if (service === undefined || !(isBus || ['lambda', 'states', 'sqs', 'sns'].includes(service))) {
      throw new AwsError('NotImplemented', `PutTargets: targets of ${service} are not simulated: ${target.Arn}`, {
        status: 501,
      });
    }
    if ((service === 'states' || isBus) && target.RoleArn === undefined) {
      throw invalid(`RoleArn is required for target ${target.Arn}.`);
    }
    if (service === 'lambda' && target.RoleArn !== undefined) {
      throw invalid(`RoleArn is not supported for target ${target.Arn}.`);
    }
    if (target.Input !== undefined && !isJson(target.Input)) {
      throw invalid(`JSON syntax error in input for target ${target.Id}`);
    }
    rule.targets.set(target.Id ?? '', target);
  }
}

function putEntry(bus: EventBus, entry: eventbridge.PutEventsRequestEntry): eventbridge.PutEventsResultEntry {
  const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  if (!entry.Source)
    return refuse('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.');
  if (!entry.DetailType) {
    return refuse('InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.');
  }
  if (!entry.Detail)
    return refuse('InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.');
  if (entry.Source.startsWith('aws.')) {
    return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const detail = jsonObject(entry.Detail);
  if (!detail) return refuse('MalformedDetail', 'Detail is malformed.');
  const { Source: source, DetailType: detailType, Resources: resources = [] } = entry;
  return { EventId: bus.put({ source, detailType, detail, resources, ...(entry.Time ? { time: entry.Time } : {}) }) };
}

function view(rule: Rule): eventbridge.Rule {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: 'default',
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
    ...(rule.patternText === undefined ? {} : { EventPattern: rule.patternText }),
    ...(rule.scheduleText === undefined ? {} : { ScheduleExpression: rule.scheduleText }),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    ...(rule.roleArn === undefined ? {} : { RoleArn: rule.roleArn }),
  };
}

function passRole(resource: string): Access {
  return { action: 'iam:PassRole', resource, context: { 'iam:PassedToService': 'events.amazonaws.com' } };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function jsonObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || !isJson(text)) return undefined;
  const value: unknown = JSON.parse(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function missing(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
