import type * as sdk from '@aws-sdk/client-cloudformation';
import type { ChangeSetRecord, Difference, StackEventRecord, StackRecord } from './stack-record.ts';
import type { Template } from './template.ts';

/** A stack as DescribeStacks shows it. */
export function shownStack(record: StackRecord): sdk.Stack {
  const { stack, wish, exports } = record;
  const outputs = Object.entries(stack?.outputs ?? {}).map(([OutputKey, value]): sdk.Output => {
    const description = stack?.template.Outputs?.[OutputKey]?.Description;
    const exported = exports.get(OutputKey);
    return {
      OutputKey,
      OutputValue: String(value),
      ...(description !== undefined && { Description: description }),
      ...(exported !== undefined && { ExportName: exported }),
    };
  });
  return {
    StackId: record.id,
    StackName: record.name,
    CreationTime: record.createdAt,
    StackStatus: record.status,
    DisableRollback: false,
    EnableTerminationProtection: record.isProtected,
    NotificationARNs: [...wish.notificationArns],
    Capabilities: [...wish.capabilities] as sdk.Capability[],
    Tags: Object.entries(wish.tags).map(([Key, Value]) => ({ Key, Value })),
    Parameters: Object.entries(wish.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    ...(outputs.length > 0 && { Outputs: outputs }),
    ...(record.statusReason !== undefined && { StackStatusReason: record.statusReason }),
    ...(record.updatedAt && { LastUpdatedTime: record.updatedAt }),
    ...(record.deletedAt && { DeletionTime: record.deletedAt }),
    ...(wish.roleArn !== undefined && { RoleARN: wish.roleArn }),
  };
}

/** A stack as ListStacks shows it. */
export function summaryOf(record: StackRecord): sdk.StackSummary {
  return {
    StackId: record.id,
    StackName: record.name,
    CreationTime: record.createdAt,
    StackStatus: record.status,
    ...(record.updatedAt && { LastUpdatedTime: record.updatedAt }),
    ...(record.deletedAt && { DeletionTime: record.deletedAt }),
  };
}

export function shownEvent({ id, name }: StackRecord, event: StackEventRecord): sdk.StackEvent {
  return {
    StackId: id,
    StackName: name,
    EventId: event.id,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    ResourceStatus: event.status,
    Timestamp: event.at,
    ...(event.reason !== undefined && { ResourceStatusReason: event.reason }),
  };
}

/** A resource as ListStackResources shows it. */
export function shownResource(event: StackEventRecord): sdk.StackResourceSummary {
  return {
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    ResourceStatus: event.status,
    LastUpdatedTimestamp: event.at,
    ...(event.reason !== undefined && { ResourceStatusReason: event.reason }),
  };
}

export function shownChangeSet(record: StackRecord, set: ChangeSetRecord): sdk.DescribeChangeSetOutput {
  const reason =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
  return {
    ChangeSetName: set.name,
    ChangeSetId: set.id,
    StackId: record.id,
    StackName: record.name,
    CreationTime: set.createdAt,
    Status: set.isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
    ExecutionStatus: set.executed ? 'EXECUTE_COMPLETE' : set.isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
    ...(set.isEmpty && { StatusReason: reason }),
    Changes: set.differences.map((difference) => ({ Type: 'Resource', ResourceChange: shownChange(difference) })),
    Capabilities: [...set.wish.capabilities] as sdk.Capability[],
    Tags: Object.entries(set.wish.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

function shownChange({ action, logicalId, physicalId, type, replaces, changed }: Difference): sdk.ResourceChange {
  return {
    Action: action,
    LogicalResourceId: logicalId,
    ResourceType: type,
    ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
    ...(action === 'Modify' && {
      Replacement: replaces ? ('True' as const) : ('False' as const),
      Scope: ['Properties'],
      Details: changed.map((Name) => ({
        Target: { Attribute: 'Properties', Name, RequiresRecreation: replaces ? 'Conditionally' : 'Never' },
        Evaluation: 'Static',
        ChangeSource: 'DirectModification',
      })),
    }),
  };
}

/** What a caller has to agree to. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export function neededCapability({ Resources }: Template): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined {
  const iam = Object.values(Resources).filter(({ Type }) => Type.startsWith('AWS::IAM::'));
  const names = ['RoleName', 'ManagedPolicyName', 'InstanceProfileName', 'UserName', 'GroupName'];
  if (iam.some(({ Properties = {} }) => names.some((name) => name in Properties))) return 'CAPABILITY_NAMED_IAM';
  return iam.length > 0 ? 'CAPABILITY_IAM' : undefined;
}
