import type { LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { LaunchRequest } from '../ec2/instances.ts';
import { launchRequest } from '../ec2/launch-request.ts';
import type { LaunchTemplates } from '../ec2/launch-templates.ts';
import type { Network } from '../ec2/network.ts';
import { counts, type GroupRecord, type GroupSettings } from './group-record.ts';

type InstanceType = NonNullable<RunInstancesRequest['InstanceType']>;

/**
 * What a group launches next: its template (or mixed instances policy, whose overrides take turns), the tags that
 * propagate, and `aws:autoscaling:groupName`.
 * @throws AwsError as {@link launchRequest}: the template may be gone by now.
 */
export function groupLaunch(
  group: GroupRecord,
  subnetId: string,
  templates: LaunchTemplates,
  network: Network,
): LaunchRequest {
  const overrides = group.settings.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  const override = overrides[group.members.size % Math.max(1, overrides.length)];
  const template = templateOf(group);
  const request: Partial<RunInstancesRequest> = {
    SubnetId: subnetId,
    ...(override?.InstanceType ? { InstanceType: override.InstanceType as InstanceType } : {}),
    ...(spotIsDue(group) ? { InstanceMarketOptions: { MarketType: 'spot' as const } } : {}),
    ...(template ? { LaunchTemplate: template } : {}),
  };
  const launch = launchRequest(request, templates, network);
  const tags = new Map(launch.tags);
  for (const [key, tag] of group.tags) if (tag.propagateAtLaunch) tags.set(key, tag.value);
  tags.set('aws:autoscaling:groupName', group.name);
  return { ...launch, tags };
}

/** The template that the group follows now, with its version as a number: what instances name, whatever the group follows. */
export function launchedTemplate(
  group: GroupRecord,
  templates: LaunchTemplates,
): LaunchTemplateSpecification | undefined {
  const reference = templateOf(group);
  if (!reference) return undefined;
  const template = templates.find(reference);
  const version = templates.version(template, reference.Version);
  return { LaunchTemplateId: template.id, LaunchTemplateName: template.name, Version: String(version.number) };
}

/** What a group says that it launches from, as it was given. */
export function templateOf(group: GroupRecord): LaunchTemplateSpecification | undefined {
  const { LaunchTemplate, MixedInstancesPolicy } = group.settings;
  return LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}

// Above the base, every so many instances are on demand as the percentage says; the others are spot.
function spotIsDue(group: GroupRecord): boolean {
  const distribution = group.settings.MixedInstancesPolicy?.InstancesDistribution;
  if (!distribution) return false;
  const percentage = distribution.OnDemandPercentageAboveBaseCapacity ?? 100;
  const above = [...group.members.values()].filter(counts).length - (distribution.OnDemandBaseCapacity ?? 0);
  if (above < 0) return false;
  return Math.floor(((above + 1) * percentage) / 100) === Math.floor((above * percentage) / 100);
}

/** The same settings with this launch template: groups tell its id and its name, whichever they were given. */
export function withTemplate(settings: GroupSettings, template: LaunchTemplateSpecification): GroupSettings {
  if (settings.LaunchTemplate) return { ...settings, LaunchTemplate: template };
  const policy = settings.MixedInstancesPolicy;
  const LaunchTemplate = { ...policy?.LaunchTemplate, LaunchTemplateSpecification: template };
  return { ...settings, MixedInstancesPolicy: { ...policy, LaunchTemplate } };
}
