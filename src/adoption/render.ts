import { dump } from 'js-yaml';
import type { FoundGroup, Json, Wanted } from './ports.ts';
import type { Proposal } from './propose.ts';

type Fields = Readonly<Record<string, Json>>;

/** How a group is made: what a template has to repeat of it. */
export type GroupShape = Pick<FoundGroup, 'name' | 'min' | 'max' | 'subnets' | 'template'>;

/**
 * A proposal as a CloudFormation template. Groups are there with what Tender needs of them, hooks as LifecycleHookSpecificationList so that the very
 * first instances have them: merge that into the template that makes them. What else a group has is not here.
 */
export function asCloudFormation({ cluster, wanted }: Proposal, groups: readonly GroupShape[]): string {
  const resources: Record<string, Json> = {};
  for (const one of wanted) {
    const resource = cloudFormationOf(one);
    if (resource) resources[idOf(...nameOf(one))] = resource;
  }
  for (const group of groups) resources[idOf('Group', group.name)] = groupResource(group, wanted);
  const Description = `What Tender needs to look after cluster ${cluster}; deploy/kubernetes/rbac.yaml is applied with kubectl`;
  return dump({ AWSTemplateFormatVersion: '2010-09-09', Description, Resources: resources }, { lineWidth: -1 });
}

/** The same as Terraform's JSON (`tender.tf.json`): tags and hooks of groups that exist, each by itself, so that nothing else of a group is taken over. */
export function asTerraform({ wanted }: Proposal): string {
  const resource: Record<string, Record<string, Json>> = {};
  const add = (type: string, name: string, fields: Fields) => {
    resource[type] = { ...resource[type], [terraformName(name)]: fields };
  };
  for (const { thing, after } of wanted) {
    if (thing.kind === 'tag')
      add('aws_autoscaling_group_tag', `${thing.group}_${thing.name}`, {
        autoscaling_group_name: thing.group,
        tag: [{ key: thing.name, value: (after as { readonly value: string }).value, propagate_at_launch: true }],
      });
    if (thing.kind === 'hook')
      add('aws_autoscaling_lifecycle_hook', `${thing.group}_${thing.name}`, terraformHook(thing, after as Hook));
    if (thing.kind === 'parameter')
      add('aws_ssm_parameter', thing.name, { name: thing.name, type: 'String', value: after });
    if (thing.kind === 'role-policy')
      add('aws_iam_role_policy', thing.role, { name: thing.name, role: thing.role, policy: JSON.stringify(after) });
    if (thing.kind === 'access-role')
      add('aws_iam_role', thing.name, { name: thing.name, assume_role_policy: JSON.stringify(after) });
  }
  return `${JSON.stringify({ resource }, null, 2)}\n`;
}

function nameOf({ thing }: Wanted): [string, string] {
  return [thing.kind, 'role' in thing ? thing.role : thing.name];
}

/** `RolePolicyDemoNode`: letters and digits only. */
function idOf(...parts: readonly string[]): string {
  return parts
    .join('-')
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function terraformName(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_/, '');
}

function cloudFormationOf({ thing, after }: Wanted): Fields | undefined {
  switch (thing.kind) {
    case 'parameter':
      return { Type: 'AWS::SSM::Parameter', Properties: { Name: thing.name, Type: 'String', Value: after } };
    case 'role-policy':
      return {
        Type: 'AWS::IAM::RolePolicy',
        Properties: { RoleName: thing.role, PolicyName: thing.name, PolicyDocument: after },
      };
    case 'access-role':
      return { Type: 'AWS::IAM::Role', Properties: { RoleName: thing.name, AssumeRolePolicyDocument: after } };
    default:
      return undefined;
  }
}

interface Hook extends Fields {
  readonly transition: string;
  readonly heartbeatTimeout: number;
  readonly defaultResult: string;
}

function hooksOf(group: string, wanted: readonly Wanted[]): readonly { readonly name: string; readonly hook: Hook }[] {
  return wanted.flatMap(({ thing, after }) =>
    thing.kind === 'hook' && thing.group === group ? [{ name: thing.name, hook: after as Hook }] : [],
  );
}

function tagsOf(
  group: string,
  wanted: readonly Wanted[],
): readonly { readonly name: string; readonly value: string }[] {
  return wanted.flatMap(({ thing, after }) =>
    thing.kind === 'tag' && thing.group === group
      ? [{ name: thing.name, value: (after as { readonly value: string }).value }]
      : [],
  );
}

function groupResource({ name, min, max, template, subnets }: GroupShape, wanted: readonly Wanted[]): Fields {
  return {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      AutoScalingGroupName: name,
      MinSize: `${min}`,
      MaxSize: `${max}`,
      VPCZoneIdentifier: [...subnets],
      ...(template && { LaunchTemplate: { LaunchTemplateId: template.id, Version: template.version } }),
      Tags: tagsOf(name, wanted).map((tag) => ({ Key: tag.name, Value: tag.value, PropagateAtLaunch: true })),
      LifecycleHookSpecificationList: hooksOf(name, wanted).map(({ name: LifecycleHookName, hook }) => ({
        LifecycleHookName,
        LifecycleTransition: hook.transition,
        HeartbeatTimeout: hook.heartbeatTimeout,
        DefaultResult: hook.defaultResult,
      })),
    },
  };
}

function terraformHook({ group, name }: { readonly group: string; readonly name: string }, hook: Hook): Fields {
  return {
    autoscaling_group_name: group,
    name,
    lifecycle_transition: hook.transition,
    heartbeat_timeout: hook.heartbeatTimeout,
    default_result: hook.defaultResult,
  };
}
