import type { Parameter, Tag } from '@aws-sdk/client-cloudformation';
import { type Access, AwsError, type CallContext, type Caller } from '../cloud/service.ts';
import type { StackRecord, StackWish } from './stack-record.ts';
import { neededCapability } from './stack-views.ts';
import type { Stacks } from './stacks.ts';
import { parseTemplate } from './template-body.ts';
import { templateError } from './template-error.ts';

/** What creating and updating a stack, and making a change set, have in common. */
export interface StackInput {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
  readonly UsePreviousTemplate?: boolean | undefined;
  readonly Parameters?: Parameter[] | undefined;
  readonly Tags?: Tag[] | undefined;
  readonly Capabilities?: string[] | undefined;
  readonly RoleARN?: string | undefined;
  readonly NotificationARNs?: string[] | undefined;
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html */
export function onStack(action: string, stacks: Stacks) {
  return (
    input: { readonly StackName?: string | undefined; readonly RoleARN?: string | undefined },
    { region, account }: CallContext,
  ): Access[] => {
    const name = input.StackName ?? '';
    const own = stacks.find(name)?.id ?? `arn:aws:cloudformation:${region}:${account}:stack/${name}/*`;
    const context = { 'iam:PassedToService': 'cloudformation.amazonaws.com' };
    return [
      { action: `cloudformation:${action}`, resource: name === '' ? '*' : own },
      ...(input.RoleARN === undefined ? [] : [{ action: 'iam:PassRole', resource: input.RoleARN, context }]),
    ];
  };
}

/**
 * What is asked for, with what an update may leave to what it was.
 * @throws AwsError `ValidationError`, `InsufficientCapabilitiesException`.
 */
export async function readWish(
  stacks: Stacks,
  record: StackRecord | undefined,
  input: StackInput,
  caller: Caller,
): Promise<StackWish> {
  const body = input.UsePreviousTemplate ? record?.wish.body : await stacks.bodyOf(input, caller);
  if (body === undefined) throw templateError('Either Template URL or Template Body must be specified.');
  const needed = neededCapability(parseTemplate(body));
  const given = input.Capabilities ?? [];
  if (needed && !given.includes(needed) && !(needed === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM')))
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`, { status: 400 });
  const before = record?.wish;
  const parameters = (input.Parameters ?? []).map(({ ParameterKey = '', ParameterValue, UsePreviousValue }) => {
    const value = UsePreviousValue ? before?.parameters[ParameterKey] : ParameterValue;
    return [ParameterKey, value ?? ''] as const;
  });
  const tags = input.Tags?.map(({ Key = '', Value = '' }) => [Key, Value] as const);
  return {
    body,
    parameters: Object.fromEntries(parameters),
    tags: tags ? Object.fromEntries(tags) : (before?.tags ?? {}),
    capabilities: given,
    roleArn: input.RoleARN ?? before?.roleArn,
    notificationArns: input.NotificationARNs ?? before?.notificationArns ?? [],
  };
}
